// A safetensors file into a `.grain` file and back, tensor by tensor: neither needs to fit in memory. What
// does is a tensor that a candidate compresses; one that is stored by its type goes chunk by chunk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/container/safetensors.h"

namespace adagrain {

struct FileJob {
  int threads = 1;
  std::function<void(std::uint64_t)> on_bytes = [](std::uint64_t) {
  };  // bytes of tensors done since last time
};

// Tensors that the plan names are compressed by their candidates, the others of F32, BF16 and F16 by the
// plan's rule for small tensors; all others, and all of them without a plan, bit for bit by their type. The
// file's metadata, if the options keep them, go into the provenance (file_metadata.h), beside that of the
// options.
// Written atomically. Throws ConfigError for a plan that names what is not there, DataError as
// transform_layer.
void compress_file(const SafetensorsReader& input, const std::optional<Plan>& plan,
                   const GrainOptions& options, const std::filesystem::path& output, const FileJob& job);

// Tensors in file order, each of the type it was stored by, else F32, and the metadata. Written atomically.
// With `salvage` damaged ones are left out; returns their names.
std::vector<std::string> decompress_file(const GrainReader& input, bool salvage,
                                         const std::filesystem::path& output, const FileJob& job);

// The tensor as a safetensors file lists it, its offset aside. Throws DataError.
SafetensorsEntry safetensors_entry(const GrainReader& input, const GrainEntry& entry);
// Of all tensors that can be told.
std::uint64_t decoded_bytes(const GrainReader& input);

}  // namespace adagrain
