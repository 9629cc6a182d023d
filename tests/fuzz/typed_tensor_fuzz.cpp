// Any bytes as the payload of a tensor that is stored by its type, in a file that is sound otherwise: its
// data or a DataError; data that was read is read again after it was written. The first two bytes choose the
// shape.
#include <cstdlib>
#include <optional>

#include "framework/container/grain_writer.h"
#include "framework/container/typed_tensor.h"
#include "framework/core/error.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

GrainReader file_of(std::span<const std::uint8_t> payload, const Shape& shape) {
  GrainWriter writer(payloads_in_memory());
  writer.begin("t", shape, TensorEncoding::layer);
  writer.append(payload);
  writer.end();
  Bytes file;
  writer.write(
      [&](std::span<const std::uint8_t> piece) { file.insert(file.end(), piece.begin(), piece.end()); }, "",
      {});
  return GrainReader::parse(file, "fuzz");
}

struct TypedData {
  TypedHead head;
  Bytes bytes;
};

std::optional<TypedData> decoded(std::span<const std::uint8_t> payload, const Shape& shape) {
  try {
    const GrainReader reader = file_of(payload, shape);
    const GrainEntry& entry = reader.entries().at(0);
    const auto head = reader.typed_head(entry);
    if (!head) return {};
    TypedData data{*head, {}};
    reader.decode_data(entry, 1, [&](std::span<const std::uint8_t> piece) {
      data.bytes.insert(data.bytes.end(), piece.begin(), piece.end());
    });
    if (data.bytes.size() != head->bytes) std::abort();
    return data;
  } catch (const DataError&) {
    return {};
  }
}

void fuzz_typed_tensor(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2) return;
  const Shape shape = {bytes[0] | bytes[1] << 8};
  const auto data = decoded(bytes.subspan(2), shape);
  if (!data) return;
  Bytes payload;
  append_typed_head(payload, data->head);
  if (!data->bytes.empty()) {
    const Bytes chunk = encode_typed_chunk(data->bytes, data->head.dtype);
    payload.insert(payload.end(), chunk.begin(), chunk.end());
  }
  const auto again = decoded(payload, shape);
  if (!again || again->bytes != data->bytes || again->head.dtype != data->head.dtype) std::abort();
}

const bool registered = fuzz_targets().emplace("typed_tensor", fuzz_typed_tensor).second;

}  // namespace
}  // namespace adagrain
