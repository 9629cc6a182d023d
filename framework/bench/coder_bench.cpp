#include "framework/bench/coder_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

ByteCoder lane_coder(std::string name, LaneProfile profile, int threads) {
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

std::vector<ByteCoder> measured_coders(int threads) {
  std::vector<ByteCoder> coders;
  coders.push_back(registered_coder("ans"));
  coders.push_back(lane_coder("lanes fast", LaneProfile::fast, threads));
  coders.push_back(lane_coder("lanes precise", LaneProfile::precise, threads));
  for (ByteCoder& peer : peer_coders()) coders.push_back(std::move(peer));
  coders.push_back(memory_copy());
  return coders;
}

CoderResult measure_coder(const ByteCoder& coder, const SymbolSource& source, int repeats) {
  const std::span<const std::uint8_t> symbols = source.symbols;
  Bytes buffer, decoded(symbols.size());
  const std::size_t bytes = coder.encode(symbols, buffer);
  coder.decode(std::span(buffer).first(bytes), decoded);
  ensure(decoded == source.symbols, "bench: {} does not give {} back", coder.name, source.name);
  const double encoding = median_seconds(repeats, [&] { coder.encode(symbols, buffer); });
  const double decoding =
      median_seconds(repeats, [&] { coder.decode(std::span(buffer).first(bytes), decoded); });
  const double millions = static_cast<double>(symbols.size()) / 1e6;
  return {source.name,         coder.name,          coder.isa, coder.threads,
          millions / encoding, millions / decoding, bytes,     shannon_bytes(symbols)};
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
