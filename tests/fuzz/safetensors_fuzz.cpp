// Any bytes: a SafetensorsFile or a DataError, and whatever was read has names and shapes that can be written.
#include <cstdint>
#include <span>

#include "framework/container/safetensors.h"
#include "framework/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  adagrain::SafetensorsFile file;
  try {
    file = adagrain::parse_safetensors({data, size}, "fuzz");
  } catch (const adagrain::DataError&) {
    return 0;
  }
  adagrain::safetensors_bytes(file.tensors);
  return 0;
}
