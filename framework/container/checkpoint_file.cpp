#include "framework/container/checkpoint_file.h"

#include <algorithm>
#include <map>

#include "framework/container/file_metadata.h"
#include "framework/container/grain_writer.h"
#include "framework/container/typed_tensor.h"
#include "framework/core/error.h"
#include "framework/core/interrupt.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

// Tensors that are taken together have no more bytes than this for each thread, unless one alone has.
constexpr std::uint64_t kBatchBytes = std::uint64_t{1} << 26;

// The end of the tensors from `first` on that are taken together: one that is taken alone, or some that
// together stay within the limit. alone(i): whether that is entry i.
template <typename Alone>
std::size_t batch_end(std::span<const SafetensorsEntry> entries, std::size_t first, int threads,
                      const Alone& alone) {
  const std::uint64_t most = kBatchBytes * static_cast<std::uint64_t>(std::max(1, threads));
  std::uint64_t bytes = entries[first].bytes;
  std::size_t last = first + 1;
  if (alone(first)) return last;
  for (; last < entries.size() && !alone(last); ++last) {
    bytes += entries[last].bytes;
    if (bytes > most) break;
  }
  return last;
}

// What is left to the threads inside of each of so many tensors.
int threads_for_one(std::size_t tensors, int threads) {
  return tensors == 1 ? threads : 1;
}

class Compression {
 public:
  Compression(const SafetensorsReader& input, const std::optional<Plan>& plan, GrainWriter& writer,
              const FileJob& job)
      : input_(input), plan_(plan), writer_(writer), job_(job) {}

  void run() {
    const auto& entries = input_.entries();
    for (const SafetensorsEntry& entry : entries)
      if (by_type(entry)) typed_front(entry);  // refuses before any work
    const auto by_chunk = [&](std::size_t i) {
      return by_type(entries[i]) && entries[i].bytes > kTypedChunkBytes;
    };
    for (std::size_t first = 0; first < entries.size();) {
      stop_if_interrupted("no file was written");
      const std::size_t last = batch_end(entries, first, job_.threads, by_chunk);
      if (by_chunk(first)) {
        write_typed(entries[first]);
      } else {
        write_batch(std::span(entries).subspan(first, last - first));
      }
      first = last;
    }
  }

 private:
  // Whether the tensor keeps its type and every bit.
  bool by_type(const SafetensorsEntry& entry) const {
    // float32 is the most that the rule for small tensors keeps.
    const bool small = is_floating(entry.dtype) && dtype_bits(entry.dtype) <= 32;
    return !plan_ || (!plan_->layers.contains(entry.name) && !small);
  }

  // Throws DataError for what no reader would take.
  static Bytes typed_front(const SafetensorsEntry& entry) {
    try {
      const TypedHead head{entry.dtype, entry.bytes, 0};
      check_typed_size(head, entry.shape);
      Bytes front;
      append_typed_head(front, head);
      return front;
    } catch (const DataError& error) {
      throw DataError(fmt::format("'{}': {}", entry.name, error.what()));
    }
  }

  StoredTensor store(const SafetensorsEntry& entry, int threads) const {
    if (!by_type(entry)) return store_tensor(input_.read_float32(entry), *plan_, {}, threads);
    StoredTensor stored{TensorEncoding::layer, typed_front(entry)};
    if (entry.bytes == 0) return stored;
    const Bytes chunk = encode_typed_chunk(input_.source().read(entry.offset, entry.bytes), entry.dtype);
    stored.payload.insert(stored.payload.end(), chunk.begin(), chunk.end());
    return stored;
  }

  void write_batch(std::span<const SafetensorsEntry> entries) {
    std::vector<StoredTensor> stored(entries.size());
    parallel_for(entries.size(), job_.threads, [&](std::size_t i) {
      stop_if_interrupted("no file was written");
      stored[i] = store(entries[i], threads_for_one(entries.size(), job_.threads));
    });
    for (std::size_t i = 0; i < entries.size(); ++i) {
      writer_.begin(entries[i].name, entries[i].shape, stored[i].encoding);
      writer_.append(stored[i].payload);
      writer_.end();
      job_.on_bytes(entries[i].bytes);
    }
  }

  void write_typed(const SafetensorsEntry& entry) {
    const TypedHead head{entry.dtype, entry.bytes, 0};
    writer_.begin(entry.name, entry.shape, TensorEncoding::layer);
    writer_.append(typed_front(entry));
    const auto most = static_cast<std::uint64_t>(std::max(1, job_.threads));
    for (std::uint64_t first = 0; first < head.chunks(); first += most) {
      stop_if_interrupted("no file was written");
      std::vector<Bytes> coded(std::min(most, head.chunks() - first));
      parallel_for(coded.size(), job_.threads, [&](std::size_t i) {
        const std::uint64_t chunk = first + i;
        coded[i] = encode_typed_chunk(
            input_.source().read(entry.offset + chunk * kTypedChunkBytes, head.chunk_bytes(chunk)),
            entry.dtype);
      });
      for (std::size_t i = 0; i < coded.size(); ++i) {
        writer_.append(coded[i]);
        job_.on_bytes(head.chunk_bytes(first + i));
      }
    }
    writer_.end();
  }

  const SafetensorsReader& input_;
  const std::optional<Plan>& plan_;
  GrainWriter& writer_;
  const FileJob& job_;
};

void check_plan(const SafetensorsReader& input, const Plan& plan) {
  std::map<std::string_view, std::string_view> types;
  for (const SafetensorsEntry& entry : input.entries()) types[entry.name] = entry.dtype;
  for (const auto& [name, candidate] : plan.layers) {
    const auto found = types.find(name);
    require<ConfigError>(found != types.end(), "plan: no tensor is called '{}'; {} has {} tensors", name,
                         input.source().name(), types.size());
    require<ConfigError>(is_floating(found->second),
                         "plan: '{}' is {}; candidates are for F64, F32, BF16 and F16", name, found->second);
  }
}

}  // namespace

void compress_file(const SafetensorsReader& input, const std::optional<Plan>& plan,
                   const GrainOptions& options, const std::filesystem::path& output, const FileJob& job) {
  require<ConfigError>(plan || !options.store_plan, "compress: no plan is given; there is none to store");
  if (plan) check_plan(input, *plan);
  GrainWriter writer(payloads_beside(output));
  Compression(input, plan, writer, job).run();
  std::map<std::string, std::string> metadata;
  if (options.keep_metadata) metadata = input.metadata();
  if (!options.provenance.empty()) metadata["provenance"] = options.provenance;
  AtomicFile file(output);
  writer.write([&](std::span<const std::uint8_t> piece) { file.append(piece); },
               options.store_plan ? to_json(*plan) : "", {options.store_plan, provenance_of(metadata)});
  file.commit();
}

SafetensorsEntry safetensors_entry(const GrainReader& input, const GrainEntry& entry) {
  const auto head = input.typed_head(entry);
  return {entry.name, head ? head->dtype : "F32", entry.shape, 0,
          head ? head->bytes : 4 * static_cast<std::uint64_t>(element_count(entry.shape))};
}

std::uint64_t decoded_bytes(const GrainReader& input) {
  std::uint64_t bytes = 0;
  for (const GrainEntry& entry : input.entries()) {
    try {
      bytes += safetensors_entry(input, entry).bytes;
    } catch (const DataError&) {  // told by whoever decodes it
    }
  }
  return bytes;
}

std::vector<std::string> decompress_file(const GrainReader& input, bool salvage,
                                         const std::filesystem::path& output, const FileJob& job) {
  std::vector<std::string> lost;
  std::vector<GrainEntry> sound;
  std::vector<SafetensorsEntry> listed;
  for (const GrainEntry& entry : input.entries()) {
    try {
      if (salvage) input.decode_data(entry, job.threads, [](std::span<const std::uint8_t>) {});
      listed.push_back(safetensors_entry(input, entry));
      sound.push_back(entry);
    } catch (const DataError&) {
      if (!salvage) throw;
      lost.push_back(entry.name);
    }
  }
  require<DataError>(!sound.empty() || lost.empty(), "none of {} tensors is sound; no file was written",
                     lost.size());
  SafetensorsWriter writer(output, listed, metadata_of(input.provenance()));
  for (std::size_t first = 0; first < sound.size();) {
    stop_if_interrupted("no file was written");
    const std::size_t last = batch_end(listed, first, job.threads, [&](std::size_t i) {
      return listed[i].bytes > kBatchBytes && input.typed_head(sound[i]).has_value();
    });
    if (last == first + 1) {
      input.decode_data(sound[first], job.threads, [&](std::span<const std::uint8_t> piece) {
        writer.append(piece);
        job.on_bytes(piece.size());
      });
    } else {
      std::vector<Bytes> data(last - first);
      parallel_for(data.size(), job.threads, [&](std::size_t i) {
        stop_if_interrupted("no file was written");
        input.decode_data(sound[first + i], 1, [&](std::span<const std::uint8_t> piece) {
          data[i].insert(data[i].end(), piece.begin(), piece.end());
        });
      });
      for (const Bytes& tensor : data) {
        writer.append(tensor);
        job.on_bytes(tensor.size());
      }
    }
    first = last;
  }
  writer.commit();
  return lost;
}

}  // namespace adagrain
