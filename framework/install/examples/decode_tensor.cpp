// Lists what a .grain file holds and decodes one tensor: decode_tensor <file.grain> <name of the tensor>
#include <cstdio>
#include <exception>

#include "framework/container/grain_file.h"

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const auto file = adagrain::GrainReader::open(argv[1]);
  for (const adagrain::GrainEntry& entry : file.entries()) {
    const auto bytes = static_cast<unsigned long long>(entry.payload_bytes);
    std::printf("%s: %zu dimensions, %llu bytes\n", entry.name.c_str(), entry.shape.size(), bytes);
    if (entry.name != argv[2]) continue;
    const adagrain::Tensor tensor = file.decode(entry);
    std::printf("  its %zu values:", tensor.values.size());
    for (const float value : tensor.values) std::printf(" %g", value);
    std::printf("\n");
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 3;
}
