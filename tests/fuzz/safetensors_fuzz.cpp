// Any bytes: a SafetensorsFile or a DataError, and whatever was read has names and shapes that can be
// written.
#include "framework/container/safetensors.h"
#include "framework/core/error.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

void fuzz_safetensors(std::span<const std::uint8_t> bytes) {
  SafetensorsFile file;
  try {
    file = parse_safetensors(bytes, "fuzz");
  } catch (const DataError&) {
    return;
  }
  safetensors_bytes(file.tensors);
}

const bool registered = fuzz_targets().emplace("safetensors", fuzz_safetensors).second;

}  // namespace
}  // namespace adagrain
