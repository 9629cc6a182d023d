// Writes a `.grain` file tensor by tensor. The directory stands in front of the payloads and is known last,
// so payloads wait: in memory, or in a temporary file beside the output when they may not fit there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "framework/container/directory.h"
#include "framework/container/grain_file.h"
#include "framework/container/small_tensors.h"
#include "framework/core/bytes.h"

namespace adagrain {

// Where payloads wait.
class PayloadStore {
 public:
  virtual ~PayloadStore() = default;
  virtual std::uint64_t size() const = 0;
  virtual void append(std::span<const std::uint8_t> bytes) = 0;
  virtual Bytes read(std::uint64_t offset, std::uint64_t count) const = 0;
  virtual void truncate(std::uint64_t size) = 0;
};

std::unique_ptr<PayloadStore> payloads_in_memory();
// Deleted with the store; throws DataError.
std::unique_ptr<PayloadStore> payloads_beside(const std::filesystem::path& output);

class GrainWriter {
 public:
  explicit GrainWriter(std::unique_ptr<PayloadStore> payloads);

  // A tensor is begun, its payload appended piece by piece, and ended. One that is stored exactly like an
  // earlier one costs a reference. Throws DataError for a name that is taken or cannot be.
  void begin(const std::string& name, const Shape& shape, TensorEncoding encoding);
  void append(std::span<const std::uint8_t> payload);
  void end();

  // Hands out the whole file in pieces of bounded size. `plan_json` is kept where the options say so.
  void write(const std::function<void(std::span<const std::uint8_t>)>& out, const std::string& plan_json,
             const GrainOptions& options) const;

 private:
  Bytes head(const std::string& plan_json, const GrainOptions& options) const;
  bool same_payload(const GrainEntry& left, const GrainEntry& right) const;

  using Key = std::tuple<TensorEncoding, Shape, std::uint64_t, std::uint32_t>;  // size and CRC of a payload

  std::unique_ptr<PayloadStore> payloads_;
  std::vector<DirectoryRow> rows_;  // payload_offset counted from the first payload
  std::map<Key, std::vector<std::size_t>> rows_of_;
  std::set<std::string> names_;
};

// The payload of one tensor: by its candidate when the plan names it, else by the plan's rule for small
// tensors. Threads as in encode_layer. Throws ConfigError and DataError that name the tensor.
StoredTensor store_tensor(const Tensor& tensor, const Plan& plan,
                          const std::map<std::string, LayerEvidence>& evidence, int threads = 1);

// Of every tensor, in the checkpoint's order. Throws ConfigError when the plan names a tensor that is not
// there.
std::vector<StoredTensor> store_tensors(const Checkpoint& checkpoint, const Plan& plan,
                                        const std::map<std::string, LayerEvidence>& evidence,
                                        int threads = 1);

// The file of payloads that are there already: encode_grain's second half. Names and shapes are the
// checkpoint's; its values do not matter any more.
Bytes pack_grain(const Checkpoint& checkpoint, const std::vector<StoredTensor>& stored, const Plan& plan,
                 const GrainOptions& options = {});

}  // namespace adagrain
