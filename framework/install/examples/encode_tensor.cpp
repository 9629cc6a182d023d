// Quantises one tensor to four bits, keeps another as it is, and writes both: encode_tensor <file.grain>
#include <cmath>
#include <cstdio>
#include <exception>

#include "framework/container/grain_file.h"
#include "framework/core/files.h"

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  adagrain::Tensor weight{"fc.weight", {10, 50}, {}}, bias{"fc.bias", {3}, {0.5F, 0.25F, -1.0F}};
  for (int i = 0; i < 500; ++i) weight.values.push_back(std::sin(0.1F * static_cast<float>(i)));
  adagrain::Plan plan{{}, adagrain::SmallTensorRule::float32};
  plan.layers["fc.weight"] = adagrain::parse_candidate("feature_map/quantize+ans bits=4");
  const auto bytes = adagrain::encode_grain({weight, bias}, plan);
  adagrain::write_file_atomically(argv[1], bytes);
  std::printf("%zu bytes\n", bytes.size());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 3;
}
