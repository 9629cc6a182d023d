#include "datasets/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>

#include "framework/core/checksum.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr int kClasses = 10;
constexpr std::int64_t kValidationImages = 5000;
constexpr std::uint8_t kUnsignedByte = 0x08;

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

// zlib reads plain files as they are. One byte past the limit is read, to tell a long file from a full one.
std::vector<std::uint8_t> unpack(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  const std::unique_ptr<gzFile_s, CloseGzip> input(gzopen(file.c_str(), "rb"));
  require<DataError>(input != nullptr, "{}: cannot open", file.string());
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 1 << 16> buffer;
  while (true) {
    const int got = gzread(input.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    int code = Z_OK;
    const char* text = gzerror(input.get(), &code);
    // Z_BUF_ERROR is how zlib says that a gzip stream ends too early.
    require<DataError>(got >= 0 && (code == Z_OK || code == Z_STREAM_END), "{}: cannot unpack: {}",
                       file.string(), text);
    if (got == 0) return bytes;
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + got);
    require<DataError>(bytes.size() <= limit_bytes, "{}: unpacks to more than {} bytes", file.string(),
                       limit_bytes);
  }
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

LabelledImages slice(const LabelledImages& all, std::int64_t first, std::int64_t count) {
  LabelledImages part{count, all.channels, all.height, all.width, {}, {}};
  const std::int64_t size = all.channels * all.height * all.width;
  part.pixels.assign(all.pixels.begin() + first * size, all.pixels.begin() + (first + count) * size);
  part.labels.assign(all.labels.begin() + first, all.labels.begin() + first + count);
  return part;
}

// What images are normalised with; it must not be a division by zero.
void measure_pixels(DatasetSplits& data, const std::filesystem::path& file) {
  double sum = 0, squares = 0;
  for (const std::uint8_t pixel : data.train.pixels) {
    sum += pixel;
    squares += static_cast<double>(pixel) * pixel;
  }
  const std::vector<std::uint8_t>& pixels = data.train.pixels;
  require<DataError>(std::adjacent_find(pixels.begin(), pixels.end(), std::not_equal_to<>()) != pixels.end(),
                     "{}: has no two different pixels", file.string());
  const auto count = static_cast<double>(pixels.size());
  data.mean = sum / count / 255.0;
  data.standard_deviation = std::sqrt(squares / count / (255.0 * 255.0) - data.mean * data.mean);
}

}  // namespace

IdxFile read_idx(const std::filesystem::path& file, std::size_t expected_dimensions,
                 std::uint64_t limit_bytes) {
  std::vector<std::uint8_t> bytes = unpack(file, limit_bytes);
  const std::size_t header = 4 + 4 * expected_dimensions;
  require<DataError>(bytes.size() >= header, "{}: has {} bytes; an IDX header of {} dimensions needs {}",
                     file.string(), bytes.size(), expected_dimensions, header);
  require<DataError>(
      bytes[0] == 0 && bytes[1] == 0 && bytes[2] == kUnsignedByte && bytes[3] == expected_dimensions,
      "{}: magic is {:08x}; {:08x} is expected", file.string(), big_endian(bytes.data()),
      std::uint32_t{kUnsignedByte} << 8 | expected_dimensions);
  IdxFile idx;
  idx.crc = crc32(bytes);
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < expected_dimensions; ++i) {
    idx.dimensions.push_back(big_endian(bytes.data() + 4 + 4 * i));
    // Both factors are below 2^32 and the product so far is at most the limit: no overflow.
    count *= idx.dimensions.back();
    require<DataError>(count <= limit_bytes, "{}: its header promises more than {} values", file.string(),
                       limit_bytes);
  }
  require<DataError>(bytes.size() - header == count, "{}: holds {} values; its header promises {}",
                     file.string(), bytes.size() - header, count);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  idx.values = std::move(bytes);
  return idx;
}

namespace {

LabelledImages join(const std::filesystem::path& images_file, IdxFile images,
                    const std::filesystem::path& labels_file, IdxFile labels, int classes) {
  require<DataError>(images.dimensions[0] == labels.dimensions[0], "{}: has {} images; {} has {} labels",
                     images_file.string(), images.dimensions[0], labels_file.string(), labels.dimensions[0]);
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    require<DataError>(labels.values[i] < classes, "{}: label {} is {}; allowed 0..{}", labels_file.string(),
                       i, labels.values[i], classes - 1);
  }
  return {images.dimensions[0],    1, images.dimensions[1], images.dimensions[2], std::move(images.values),
          std::move(labels.values)};
}

}  // namespace

std::filesystem::path data_folder(const std::string& name, const std::filesystem::path& fallback) {
  const char* root = std::getenv("ADAGRAIN_DATA");
  if (root == nullptr) return fallback;
  const std::filesystem::path given = std::filesystem::path(root) / name;
  // A folder with some of the sets leaves the others where they are.
  return std::filesystem::exists(given) || !std::filesystem::exists(fallback) ? given : fallback;
}

DatasetSplits load_idx_dataset(const IdxDataset& dataset) {
  const std::array<std::string, 4> names = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  std::array<std::filesystem::path, 4> files;
  std::array<IdxFile, 4> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    files[i] = dataset.folder / names[i];
    if (!std::filesystem::exists(files[i])) files[i] += ".gz";
    require<DataError>(std::filesystem::exists(files[i]), "no {} or {}.gz in {}; {}", names[i], names[i],
                       dataset.folder.string(), dataset.how_to_get);
    try {
      parts[i] = read_idx(files[i], i % 2 == 0 ? 3 : 1);
      require<DataError>(dataset.checksums.empty() || parts[i].crc == dataset.checksums[i],
                         "{}: CRC-32 of the unpacked file is {:08x}; {:08x} is expected", files[i].string(),
                         parts[i].crc, dataset.checksums.empty() ? 0 : dataset.checksums[i]);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}; {}", error.what(), dataset.how_to_get));
    }
  }
  const LabelledImages training =
      join(files[0], std::move(parts[0]), files[1], std::move(parts[1]), kClasses);
  require<DataError>(training.count > kValidationImages, "{}: has {} images; more than {} are needed",
                     files[0].string(), training.count, kValidationImages);
  DatasetSplits data;
  data.classes = kClasses;
  data.train = slice(training, 0, training.count - kValidationImages);
  data.validation = slice(training, training.count - kValidationImages, kValidationImages);
  data.test = join(files[2], std::move(parts[2]), files[3], std::move(parts[3]), kClasses);
  require<DataError>(data.test.height == training.height && data.test.width == training.width,
                     "{}: images are {}x{}; the training images are {}x{}", files[2].string(),
                     data.test.height, data.test.width, training.height, training.width);
  measure_pixels(data, files[0]);
  return data;
}

}  // namespace adagrain
