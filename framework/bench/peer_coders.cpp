// Coders of other libraries. Each is optional: CMakeLists.txt looks for it.
#ifdef ADAGRAIN_WITH_HTSCODECS
#include <htscodecs/rANS_static4x16.h>
#endif
#ifdef ADAGRAIN_WITH_LZ4
#include <lz4.h>
#endif
#ifdef ADAGRAIN_WITH_ZSTD
#include <zstd.h>
#endif

#include "framework/bench/coder_bench.h"

namespace adagrain {
namespace {

[[maybe_unused]] void at_least(Bytes& buffer, std::size_t size) {
  if (buffer.size() < size) buffer.resize(size);
}

#ifdef ADAGRAIN_WITH_HTSCODECS
// Sizes are 32 bits wide, inputs not const though never written.
ByteCoder htscodecs_rans(std::string name, int order) {
  return {std::move(name), "-", 1,
          [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            const auto count = static_cast<unsigned>(symbols.size());
            unsigned size = rans_compress_bound_4x16(count, order);
            at_least(buffer, size);
            const auto* done = rans_compress_to_4x16(const_cast<unsigned char*>(symbols.data()), count,
                                                     buffer.data(), &size, order);
            ensure(done != nullptr, "htscodecs: cannot encode {} bytes", count);
            return std::size_t{size};
          },
          [](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            auto size = static_cast<unsigned>(symbols.size());
            const auto* done =
                rans_uncompress_to_4x16(const_cast<unsigned char*>(bytes.data()),
                                        static_cast<unsigned>(bytes.size()), symbols.data(), &size);
            ensure(done != nullptr, "htscodecs: cannot decode {} bytes", bytes.size());
          }};
}
#endif

#ifdef ADAGRAIN_WITH_ZSTD
ByteCoder zstd(int level) {
  return {fmt::format("zstd -{}", level), "-", 1,
          [=](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            at_least(buffer, ZSTD_compressBound(symbols.size()));
            const std::size_t size =
                ZSTD_compress(buffer.data(), buffer.size(), symbols.data(), symbols.size(), level);
            ensure(ZSTD_isError(size) == 0, "zstd: {}", ZSTD_getErrorName(size));
            return size;
          },
          [](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            const std::size_t size =
                ZSTD_decompress(symbols.data(), symbols.size(), bytes.data(), bytes.size());
            ensure(ZSTD_isError(size) == 0, "zstd: {}", ZSTD_getErrorName(size));
          }};
}
#endif

#ifdef ADAGRAIN_WITH_LZ4
ByteCoder lz4() {
  return {"lz4", "-", 1,
          [](std::span<const std::uint8_t> symbols, Bytes& buffer) {
            const int count = static_cast<int>(symbols.size());
            at_least(buffer, static_cast<std::size_t>(LZ4_compressBound(count)));
            const int size = LZ4_compress_default(reinterpret_cast<const char*>(symbols.data()),
                                                  reinterpret_cast<char*>(buffer.data()), count,
                                                  static_cast<int>(buffer.size()));
            ensure(size > 0, "lz4: cannot encode {} bytes", count);
            return static_cast<std::size_t>(size);
          },
          [](std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols) {
            const int size = LZ4_decompress_safe(
                reinterpret_cast<const char*>(bytes.data()), reinterpret_cast<char*>(symbols.data()),
                static_cast<int>(bytes.size()), static_cast<int>(symbols.size()));
            ensure(size >= 0, "lz4: cannot decode {} bytes", bytes.size());
          }};
}
#endif

}  // namespace

std::vector<ByteCoder> peer_coders() {
  std::vector<ByteCoder> peers;
#ifdef ADAGRAIN_WITH_HTSCODECS
  peers.push_back(htscodecs_rans("htscodecs rANS 4x16", 0));
  peers.push_back(htscodecs_rans("htscodecs rANS 32x16", RANS_ORDER_X32));
#endif
#ifdef ADAGRAIN_WITH_ZSTD
  peers.push_back(zstd(1));
  peers.push_back(zstd(3));
#endif
#ifdef ADAGRAIN_WITH_LZ4
  peers.push_back(lz4());
#endif
  return peers;
}

std::vector<std::string> absent_peers() {
  std::vector<std::string> absent;
#ifndef ADAGRAIN_WITH_HTSCODECS
  absent.push_back("libhtscodecs-dev");
#endif
#ifndef ADAGRAIN_WITH_LZ4
  absent.push_back("liblz4-dev");
#endif
#ifndef ADAGRAIN_WITH_ZSTD
  absent.push_back("libzstd-dev");
#endif
  return absent;
}

}  // namespace adagrain
