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

constexpr std::int64_t kValidationPart = 12;  // one in so many training images
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
void measure_pixels(DatasetSplits& data, const std::string& where) {
  double sum = 0, squares = 0;
  for (const std::uint8_t pixel : data.train.pixels) {
    sum += pixel;
    squares += static_cast<double>(pixel) * pixel;
  }
  const std::vector<std::uint8_t>& pixels = data.train.pixels;
  require<DataError>(std::adjacent_find(pixels.begin(), pixels.end(), std::not_equal_to<>()) != pixels.end(),
                     "{}: the training images have no two different pixels", where);
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

// Finds, reads and checks the files of one dataset.
class IdxFolder {
 public:
  explicit IdxFolder(const IdxDataset& dataset) : dataset_(dataset) {}

  bool has(const std::string& split) const {
    return !find({split + "-images-idx3-ubyte", split + "-images-idx4-ubyte"}).empty();
  }

  // `first_checksum` is the place of the images' in the list, where there is one.
  LabelledImages read(const std::string& split, std::size_t first_checksum) const {
    const std::filesystem::path images_file =
        found({split + "-images-idx3-ubyte", split + "-images-idx4-ubyte"});
    const std::filesystem::path labels_file = found({split + "-labels-idx1-ubyte"});
    const bool channels = images_file.string().find("-idx4-") != std::string::npos;
    IdxFile images = read_checked(images_file, channels ? 4 : 3, first_checksum);
    IdxFile labels = read_checked(labels_file, 1, first_checksum + 1);
    std::vector<std::uint32_t> sizes = images.dimensions;
    if (!channels) sizes.insert(sizes.begin() + 1, 1);
    require<DataError>(sizes[0] == labels.dimensions[0], "{}: has {} images; {} has {} labels",
                       images_file.string(), sizes[0], labels_file.string(), labels.dimensions[0]);
    return {sizes[0], sizes[1], sizes[2], sizes[3], std::move(images.values), std::move(labels.values)};
  }

 private:
  std::filesystem::path find(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      for (const char* ending : {"", ".gz"}) {
        const std::filesystem::path file = dataset_.folder / (name + ending);
        if (std::filesystem::exists(file)) return file;
      }
    }
    return {};
  }

  std::filesystem::path found(const std::vector<std::string>& names) const {
    const std::filesystem::path file = find(names);
    require<DataError>(!file.empty(), "no {} or {}.gz in {}; {}", names.front(), names.front(),
                       dataset_.folder.string(), dataset_.how_to_get);
    return file;
  }

  IdxFile read_checked(const std::filesystem::path& file, std::size_t dimensions, std::size_t place) const {
    try {
      IdxFile idx = read_idx(file, dimensions, dataset_.limit_bytes);
      require<DataError>(dataset_.checksums.empty() || idx.crc == dataset_.checksums.at(place),
                         "{}: CRC-32 of the unpacked file is {:08x}; {:08x} is expected", file.string(),
                         idx.crc, dataset_.checksums.empty() ? 0 : dataset_.checksums.at(place));
      return idx;
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}; {}", error.what(), dataset_.how_to_get));
    }
  }

  const IdxDataset& dataset_;
};

}  // namespace

std::filesystem::path data_folder(const std::string& name, const std::filesystem::path& fallback) {
  const char* root = std::getenv("ADAGRAIN_DATA");
  if (root == nullptr) return fallback;
  const std::filesystem::path given = std::filesystem::path(root) / name;
  // A folder with some of the sets leaves the others where they are.
  return std::filesystem::exists(given) || !std::filesystem::exists(fallback) ? given : fallback;
}

DatasetSplits load_idx_dataset(const IdxDataset& dataset) {
  const IdxFolder folder(dataset);
  LabelledImages training = folder.read("train", 0);
  const std::string where = dataset.folder.string();
  DatasetSplits data;
  data.test = folder.read(folder.has("test") ? "test" : "t10k", 2);
  if (!training.labels.empty()) {
    data.classes = 1 + *std::max_element(training.labels.begin(), training.labels.end());
  }
  if (folder.has("validation")) {
    data.train = std::move(training);
    data.validation = folder.read("validation", 4);
  } else {
    require<DataError>(training.count >= kValidationPart,
                       "{}: has {} training images; without validation files at least {} are needed", where,
                       training.count, kValidationPart);
    const std::int64_t held_out = training.count / kValidationPart;
    data.train = slice(training, 0, training.count - held_out);
    data.validation = slice(training, training.count - held_out, held_out);
  }
  measure_pixels(data, where);
  check_splits(data, where);
  return data;
}

}  // namespace adagrain
