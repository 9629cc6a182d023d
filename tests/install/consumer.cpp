// Decodes a .grain file with nothing but the installed decoder; prints tensors and values decoded.
#include <cstdio>
#include <exception>

#include "framework/container/grain_file.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const auto tensors = adagrain::GrainReader::open(argv[1]).decode_all();
    std::size_t values = 0;
    for (const adagrain::Tensor& tensor : tensors) values += tensor.values.size();
    std::printf("%zu tensors, %zu values\n", tensors.size(), values);
    return tensors.empty() ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
