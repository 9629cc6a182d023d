#include "framework/bench/coder_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <numeric>

#include "framework/bench/cabac.h"
#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/container/typed_tensor.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

ByteCoder lane_coder(std::string name, LanePrecision profile, int threads) {
  return {std::move(name), std::string(name_of(chosen_isa())), threads,
          [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            buffer = encode_lanes(symbols, profile, threads);
            return buffer.size();
          },
          [=](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            decode_lanes(bytes, symbols, threads);
          }};
}

// A coder of the registry; its symbols are 16 bits wide.
ByteCoder registered_coder(const std::string& name) {
  const StreamShape shape{256, 1};
  return {name, "scalar", 1,
          [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            const std::vector<std::uint16_t> wide(symbols.begin(), symbols.end());
            buffer = Registry<EntropyCoder>::create(name)->encode(shape, wide, {}).bytes;
            return buffer.size();
          },
          [=](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            std::vector<std::uint16_t> wide(symbols.size());
            Registry<EntropyCoder>::create(name)->decode(bytes, shape, {}, wide);
            std::transform(wide.begin(), wide.end(), symbols.begin(),
                           [](std::uint16_t symbol) { return static_cast<std::uint8_t>(symbol); });
          }};
}

// Symbols are levels in two's complement.
template <typename Level>
std::vector<Level> levels_of(std::span<const std::uint8_t> symbols) {
  std::vector<Level> levels;
  for (const std::uint8_t symbol : symbols) levels.push_back(static_cast<std::int8_t>(symbol));
  return levels;
}
template <typename Level>
void put_levels(const std::vector<Level>& levels, std::span<std::uint8_t> symbols) {
  std::transform(levels.begin(), levels.end(), symbols.begin(),
                 [](Level level) { return static_cast<std::uint8_t>(static_cast<int>(level)); });
}

// Whole layer payloads, as a `.grain` file holds them: tables by scale and contexts of neighbours included.
ByteCoder layer_coder(int speed) {
  constexpr std::array<const char*, 3> names = {"layer, smallest", "layer, precise", "layer, fast"};
  ByteCoder coder{names[static_cast<std::size_t>(speed)], std::string(name_of(chosen_isa())), 1, {}, {}};
  coder.of_shape = [=](const Shape& shape) {
    ByteCoder own = coder;
    own.encode = [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
      buffer = encode_layer(levels_of<float>(symbols), shape,  // a step of 1 leaves them as they are
                            {"layer", {"quantize", "ans"}, {{"step", 1}, {"speed", speed}}})
                   .payload;
      return buffer.size();
    };
    own.decode = [=](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
      put_levels(decode_layer(bytes, shape).weights, symbols);
    };
    return own;
  };
  return coder;
}

// The adaptive profile by itself: one stream a tensor, without step and head of a layer.
ByteCoder adaptive_coder() {
  ByteCoder coder{"adaptive", "scalar", 1, {}, {}};
  coder.of_shape = [=](const Shape& shape) {
    std::vector<std::uint32_t> all(static_cast<std::size_t>(element_count(shape)));
    std::iota(all.begin(), all.end(), std::uint32_t{0});
    ByteCoder own = coder;
    own.encode = [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
      buffer = encode_adaptive(level_grid(shape, all), levels_of<std::int32_t>(symbols));
      return buffer.size();
    };
    own.decode = [=](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
      std::vector<std::int32_t> levels(symbols.size());
      decode_adaptive(bytes, level_grid(shape, all), levels);
      put_levels(levels, symbols);
    };
    return own;
  };
  return coder;
}

ByteCoder cabac() {
  return {"cabac", "scalar", 1,
          [](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            buffer = encode_cabac(symbols);
            return buffer.size();
          },
          decode_cabac};
}

// Floats bit for bit, as a `.grain` file keeps tensors without a candidate.
ByteCoder lossless_coder(const std::string& dtype) {
  return {"lossless", std::string(name_of(chosen_isa())), 1,
          [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            buffer.clear();
            for (std::size_t begin = 0; begin < symbols.size(); begin += kTypedChunkBytes) {
              const Bytes chunk = encode_typed_chunk(
                  symbols.subspan(begin, std::min<std::size_t>(kTypedChunkBytes, symbols.size() - begin)),
                  dtype);
              buffer.insert(buffer.end(), chunk.begin(), chunk.end());
            }
            return buffer.size();
          },
          [=](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            ByteReader reader(bytes, "chunk");
            for (std::size_t begin = 0; begin < symbols.size(); begin += kTypedChunkBytes) {
              decode_typed_chunk(
                  reader.take(reader.varint()), dtype,
                  symbols.subspan(begin, std::min<std::size_t>(kTypedChunkBytes, symbols.size() - begin)));
            }
          }};
}

ByteCoder memory_copy() {
  return {"memcpy", "-", 1,
          [](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            buffer.resize(symbols.size());
            std::copy(symbols.begin(), symbols.end(), buffer.begin());
            return buffer.size();
          },
          [](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            std::copy(bytes.begin(), bytes.end(), symbols.begin());
          }};
}

double median_seconds(int repeats, const std::function<void()>& pass) {
  std::vector<double> seconds(static_cast<std::size_t>(repeats));
  for (double& second : seconds) {
    const auto start = std::chrono::steady_clock::now();
    pass();
    second = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const auto middle = seconds.begin() + repeats / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

}  // namespace

std::vector<ByteCoder> measured_coders(const SymbolSource& source, int threads) {
  std::vector<ByteCoder> coders;
  if (source.dtype.empty()) {
    coders.push_back(registered_coder("ans"));
    coders.push_back(lane_coder("lanes fast", LanePrecision::fast, threads));
    coders.push_back(lane_coder("lanes precise", LanePrecision::precise, threads));
  } else {
    coders.push_back(lossless_coder(source.dtype));
  }
  if (!source.tensors.empty()) {
    for (const int speed : {0, 1, 2}) coders.push_back(layer_coder(speed));
    coders.push_back(adaptive_coder());
    coders.push_back(cabac());
  }
  for (ByteCoder& peer : peer_coders()) coders.push_back(std::move(peer));
  coders.push_back(memory_copy());
  return coders;
}

CoderResult measure_coder(const ByteCoder& coder, const SymbolSource& source, int repeats) {
  const auto parts = source.parts();
  std::vector<ByteCoder> coders(parts.size(), coder);
  for (std::size_t i = 0; coder.of_shape && i < parts.size(); ++i) {
    coders[i] = coder.of_shape(source.tensors[i]);
  }
  std::vector<Bytes> buffers(parts.size());
  std::vector<std::size_t> sizes(parts.size());
  Bytes decoded(source.symbols.size());
  const auto encode = [&] {
    for (std::size_t i = 0; i < parts.size(); ++i) sizes[i] = coders[i].encode(parts[i], buffers[i]);
  };
  const auto decode = [&] {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < parts.size(); begin += parts[i++].size()) {
      coders[i].decode(std::span(buffers[i]).first(sizes[i]),
                       std::span(decoded).subspan(begin, parts[i].size()));
    }
  };
  encode();
  decode();
  ensure(decoded == source.symbols, "bench: {} does not give {} back", coder.name, source.name);
  const double encoding = median_seconds(repeats, encode);
  const double decoding = median_seconds(repeats, decode);
  const double millions = static_cast<double>(source.symbols.size()) / 1e6;
  return {source.name,
          coder.name,
          coder.isa,
          coder.threads,
          millions / encoding,
          millions / decoding,
          std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}),
          source.entropy_bytes()};
}

std::string to_json(const CoderResult& result) {
  return nlohmann::ordered_json{{"source", result.source},
                                {"coder", result.coder},
                                {"isa", result.isa},
                                {"threads", result.threads},
                                {"encode_mbps", result.encode_mbps},
                                {"decode_mbps", result.decode_mbps},
                                {"bytes", result.bytes},
                                {"entropy_bytes", result.entropy_bytes}}
      .dump();
}

TextTable to_table(std::span<const CoderResult> results) {
  TextTable table(
      {"source", "coder", "isa", "threads", "encode MB/s", "decode MB/s", "bytes", "over Shannon %"});
  for (const CoderResult& result : results) {
    const double over = 100 * (static_cast<double>(result.bytes) / result.entropy_bytes - 1);
    table.add({result.source, result.coder, result.isa, fmt::format("{}", result.threads),
               fmt::format("{:.0f}", result.encode_mbps), fmt::format("{:.0f}", result.decode_mbps),
               fmt::format("{}", result.bytes),
               result.entropy_bytes > 0 ? fmt::format("{:.2f}", over) : "-"});
  }
  return table;
}

}  // namespace adagrain
