// Linked with one fuzz target and libFuzzer.
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  adagrain::fuzz_targets().begin()->second({data, size});
  return 0;
}
