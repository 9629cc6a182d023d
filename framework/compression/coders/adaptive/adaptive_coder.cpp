#include "framework/compression/coders/adaptive/adaptive_coder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "framework/compression/coders/adaptive/binary_ans.h"
#include "framework/compression/coders/adaptive/level_prior.h"
#include "framework/compression/coders/adaptive/mixture.h"
#include "framework/compression/integer_log.h"

namespace adagrain {

namespace {

constexpr const char* kWhere = "adaptive stream";

// What stands before the code.
struct StreamHead {
  int pitch = 1;          // 1..kLargestPitch; known from the shape where kernels have more than one tap
  int mean_octave = 0;    // 0..15: the mean magnitude is about 2^(mean_octave - 7.5)
  int largest_class = 1;  // 1..15 bits in the largest magnitude

  std::uint32_t mean() const { return (181u << mean_octave) >> 7; }  // in 1/256: 2^(mean_octave + 0.5)
};

constexpr std::int64_t kLargestPitch = 128;
// Matrices of fewer weights are too small to learn from a pitch what its byte costs.
constexpr std::int64_t kFewWeights = 4096;

// How many standard deviations of chance a lag's meetings must exceed what chance brings together: of the
// 127 lags that are tried, chance then passes in one of some 27,000 matrices.
constexpr double kDeviations = 5;

// The lag at which large magnitudes meet along the rows more often than at any other; 1 where none stands
// out.
int likely_pitch(MatrixShape shape, std::span<const std::int32_t> levels, std::uint64_t sum) {
  // Rows enough to tell.
  const std::int64_t columns = shape.columns;
  const std::int64_t rows = std::min(shape.rows, 1 + (std::int64_t{1} << 18) / columns);
  const std::uint64_t count = levels.size();
  std::vector<std::uint8_t> large;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    large.push_back(static_cast<std::uint64_t>(std::abs(levels[static_cast<std::size_t>(i)])) * count > sum);
  }
  const auto many = static_cast<double>(std::count(large.begin(), large.end(), 1));
  const double chance = many / static_cast<double>(large.size()) * many / static_cast<double>(large.size());
  int best = 1;
  double most = 0;
  for (std::int64_t lag = 2; lag <= std::min(columns / 2, kLargestPitch); ++lag) {
    std::uint32_t meetings = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::uint8_t* const begin = large.data() + row * columns;
      for (std::int64_t column = lag; column < columns; ++column)
        meetings += begin[column] & begin[column - lag];
    }
    const double places = static_cast<double>(rows * (columns - lag));
    const double excess = meetings / places - chance;
    if (excess <= most || excess < kDeviations * std::sqrt(chance / places)) continue;
    most = excess;
    best = static_cast<int>(lag);
  }
  return best;
}

bool stores_pitch(const LevelGrid& grid) {
  return grid.kernel_size == 1 && grid.shape.count() >= kFewWeights;
}

int kernel_pitch(const LevelGrid& grid) {
  return static_cast<int>(std::min(grid.kernel_width, kLargestPitch));
}

StreamHead head_of(const LevelGrid& grid, std::span<const std::int32_t> levels) {
  std::uint64_t sum = 0;
  std::int32_t largest = 1;
  for (const std::int32_t level : levels) {
    sum += static_cast<std::uint64_t>(std::abs(level));
    largest = std::max(largest, std::abs(level));
  }
  StreamHead head;
  head.pitch = stores_pitch(grid) ? likely_pitch(grid.shape, levels, sum) : kernel_pitch(grid);
  head.mean_octave =
      std::clamp(static_cast<int>(std::bit_width(256 * sum / grid.elements.size())) - 1, 0, 15);
  head.largest_class = static_cast<int>(std::bit_width(static_cast<std::uint32_t>(largest)));
  return head;
}

// Goes through the levels in order and asks `Coder` for each decision: the encoder knows it, the decoder
// finds it.
template <typename Coder>
class LevelModel {
 public:
  LevelModel(const LevelGrid& grid, const StreamHead& head, Coder& coder)
      : grid_(grid),
        coder_(coder),
        nodes_(head.largest_class),
        neighbourhood_(grid.shape, {head.pitch, grid.kernel_size > 1 ? grid.kernel_size : head.pitch},
                       head.mean()),
        mixtures_(static_cast<std::size_t>(nodes_.count())) {
    begin_magnitudes(head.mean());
    for (std::size_t i = 0; i < kSignContexts; ++i)
      sign_histories_[i].resize(kSignSizes[i], BitHistory(kOne / 2));
  }

  // `wanted(element)`: the level to code, if it is known. `placed(element, level)` is told what was coded.
  template <typename Wanted, typename Placed>
  void walk(const Wanted& wanted, const Placed& placed) {
    const std::int64_t columns = grid_.shape.columns;
    std::int64_t row = -1;
    for (const std::uint32_t element : grid_.elements) {
      for (; row < element / columns; ++row) neighbourhood_.begin_row();
      neighbourhood_.move_to(element % columns);
      look_around();
      const std::int32_t level = code_level(wanted(element));
      neighbourhood_.place(level);
      placed(element, level);
    }
  }

  // What the level takes at the present element, bits in 2^-kLogFraction.
  std::uint32_t price(std::int32_t level) {
    const std::uint32_t nonzero = price_node(MagnitudeNodes::kNonzero, level != 0);
    if (level == 0) return nonzero;
    const auto magnitude = static_cast<std::uint32_t>(std::abs(level));
    return nonzero + price_sign(level < 0) + price_magnitude(magnitude);
  }

 private:
  // Every history of a magnitude's bits begins with what its context promises: levels of that scale, or of
  // the layer's mean, in 1/256.
  void begin_magnitudes(std::uint64_t mean) {
    std::vector<std::vector<BitHistory>> priors;  // [scale][node]
    for (int scale = 0; scale < kScales; ++scale) {
      const std::vector<std::uint16_t> ones = nodes_.prior(mean_of_scale(scale));
      priors.emplace_back(ones.begin(), ones.end());
    }
    const int whole = scale_index(mean);
    for (std::size_t i = 0; i < kMagnitudeContexts; ++i) {
      histories_[i].resize(kMagnitudeShape[i].size * static_cast<std::size_t>(nodes_.count()));
      for (std::uint32_t context = 0; context < kMagnitudeShape[i].size; ++context) {
        const int scale = kMagnitudeShape[i].scale ? kMagnitudeShape[i].scale(context) : whole;
        const auto& prior = priors[static_cast<std::size_t>(std::min(scale, kScales - 1))];
        std::copy(prior.begin(), prior.end(),
                  histories_[i].begin() + static_cast<std::ptrdiff_t>(context * prior.size()));
      }
    }
  }

  void look_around() {
    const auto contexts = neighbourhood_.magnitude_contexts();
    for (std::size_t i = 0; i < kMagnitudeContexts; ++i) {
      at_[i] = histories_[i].data() + contexts[i] * static_cast<std::size_t>(nodes_.count());
    }
  }

  std::int32_t code_level(std::int32_t level) {
    if (!code_node(MagnitudeNodes::kNonzero, level != 0)) return 0;
    const bool negative = code_sign(level < 0);
    const auto magnitude =
        static_cast<std::int32_t>(code_magnitude(static_cast<std::uint32_t>(std::abs(level))));
    return negative ? -magnitude : magnitude;
  }

  std::array<BitHistory*, kMagnitudeContexts> histories_of(int node) const {
    std::array<BitHistory*, kMagnitudeContexts> histories;
    for (std::size_t i = 0; i < kMagnitudeContexts; ++i) histories[i] = at_[i] + node;
    return histories;
  }

  std::array<BitHistory*, kSignContexts> histories_of_sign() {
    const auto contexts = neighbourhood_.sign_contexts();
    std::array<BitHistory*, kSignContexts> histories;
    for (std::size_t i = 0; i < kSignContexts; ++i) histories[i] = &sign_histories_[i][contexts[i]];
    return histories;
  }

  bool code_node(int node, bool bit) {
    return mixtures_[static_cast<std::size_t>(node)].code(coder_, histories_of(node), bit);
  }

  bool code_sign(bool negative) { return sign_mixture_.code(coder_, histories_of_sign(), negative); }

  // The bits of a level that is not 0, each to `bit(node, known)`, which returns what it is: the encoder
  // knows it from `magnitude`, the decoder does not. Node kEven: either is as likely.
  static constexpr int kEven = -1;
  template <typename Bit>
  std::uint32_t walk_magnitude(std::uint32_t magnitude, const Bit& bit) {
    int own = 1;
    while (own < nodes_.largest_class() && bit(MagnitudeNodes::above(own), magnitude >> own != 0)) ++own;
    std::uint32_t seen = 1;
    for (int place = own - 2, depth = 0; place >= 0; --place, ++depth) {
      const bool modelled = depth < MagnitudeNodes::kModelledBits;
      const int node = modelled ? nodes_.mantissa(own, static_cast<int>(seen)) : kEven;
      seen = 2 * seen + bit(node, (magnitude >> place & 1) != 0);
    }
    return seen;
  }

  std::uint32_t code_magnitude(std::uint32_t magnitude) {
    return walk_magnitude(magnitude, [&](int node, bool known) {
      return node == kEven ? coder_.code(known, kOne / 2) : code_node(node, known);
    });
  }

  static std::uint32_t price_bit(bool bit, int probability) {
    return fixed_log2(kOne) - fixed_log2(static_cast<std::uint32_t>(bit ? probability : kOne - probability));
  }

  std::uint32_t price_node(int node, bool bit) {
    return price_bit(bit, mixtures_[static_cast<std::size_t>(node)].probability(histories_of(node)));
  }

  std::uint32_t price_sign(bool negative) {
    return price_bit(negative, sign_mixture_.probability(histories_of_sign()));
  }

  std::uint32_t price_magnitude(std::uint32_t magnitude) {
    std::uint32_t price = 0;
    walk_magnitude(magnitude, [&](int node, bool known) {
      price += node == kEven ? price_bit(known, kOne / 2) : price_node(node, known);
      return known;
    });
    return price;
  }

  const LevelGrid& grid_;
  Coder& coder_;
  MagnitudeNodes nodes_;
  Neighbourhood neighbourhood_;
  std::array<std::vector<BitHistory>, kMagnitudeContexts> histories_;  // [context][node]
  std::array<BitHistory*, kMagnitudeContexts> at_{};                   // [node], of the present contexts
  std::array<std::vector<BitHistory>, kSignContexts> sign_histories_;
  std::vector<Mixture<kMagnitudeContexts>> mixtures_;  // [node]
  Mixture<kSignContexts> sign_mixture_;
};

}  // namespace

LevelGrid level_grid(const Shape& shape, std::span<const std::uint32_t> elements) {
  const Shape kernel = shape.size() > 2 ? Shape(shape.begin() + 2, shape.end()) : Shape();
  return {matrix_shape(shape), element_count(kernel), kernel.empty() ? 1 : kernel.back(), elements};
}

bool adaptive_takes(std::span<const std::int32_t> levels) {
  return levels.size() <= kLargestAdaptiveGrid &&
         std::all_of(levels.begin(), levels.end(),
                     [](std::int32_t level) { return std::abs(level) <= kLargestAdaptiveLevel; });
}

Bytes encode_adaptive(const LevelGrid& grid, std::span<const std::int32_t> levels) {
  ensure(adaptive_takes(levels) && !grid.elements.empty(), "{} of {} levels are not for the adaptive coder",
         grid.elements.size(), levels.size());
  const StreamHead head = head_of(grid, levels);
  BinaryAnsEncoder coder;
  LevelModel<BinaryAnsEncoder>(grid, head, coder)
      .walk([&](std::uint32_t element) { return levels[element]; }, [](std::uint32_t, std::int32_t) {});
  Bytes stream = {static_cast<std::uint8_t>(head.mean_octave | head.largest_class << 4)};
  if (stores_pitch(grid)) stream.push_back(static_cast<std::uint8_t>(head.pitch));
  const Bytes code = coder.finish();
  stream.insert(stream.end(), code.begin(), code.end());
  return stream;
}

void choose_adaptive_levels(
    const LevelGrid& grid, std::span<std::int32_t> levels,
    const std::function<std::int32_t(std::size_t element, const LevelPrice& price)>& choose) {
  struct NoCoder {
    bool code(bool bit, int) { return bit; }
  } coder;
  LevelModel<NoCoder> model(grid, head_of(grid, levels), coder);
  const LevelPrice price = [&](std::int32_t level) { return model.price(level); };
  model.walk([&](std::uint32_t element) { return choose(element, price); },
             [&](std::uint32_t element, std::int32_t level) { levels[element] = level; });
}

void decode_adaptive(std::span<const std::uint8_t> bytes, const LevelGrid& grid,
                     std::span<std::int32_t> levels) {
  require<DataError>(levels.size() <= kLargestAdaptiveGrid, "{}: {} weights; at most {} are allowed", kWhere,
                     levels.size(), kLargestAdaptiveGrid);
  ByteReader reader(bytes, kWhere);
  StreamHead head;
  const auto magnitudes = reader.number<std::uint8_t>();
  head.mean_octave = magnitudes & 15;
  head.largest_class = magnitudes >> 4;
  head.pitch = stores_pitch(grid) ? reader.number<std::uint8_t>() : kernel_pitch(grid);
  require<DataError>(
      head.pitch >= 1 && head.pitch <= std::min(kLargestPitch, grid.shape.columns) && head.largest_class >= 1,
      "{}: pitch {} of {} columns, magnitudes of {} bits", kWhere, head.pitch, grid.shape.columns,
      head.largest_class);
  BinaryAnsDecoder coder(reader.rest());
  LevelModel<BinaryAnsDecoder>(grid, head, coder)
      .walk([](std::uint32_t) { return 0; },
            [&](std::uint32_t element, std::int32_t level) { levels[element] = level; });
  coder.finish();
}

std::uint32_t adaptive_histories(std::span<const std::uint8_t> bytes) {
  const int largest_class = ByteReader(bytes, kWhere).number<std::uint8_t>() >> 4;
  require<DataError>(largest_class >= 1, "{}: magnitudes of no bits", kWhere);
  const auto nodes = static_cast<std::uint32_t>(MagnitudeNodes(largest_class).count());
  std::uint32_t histories = 0;
  for (const ContextShape& context : kMagnitudeShape) histories += context.size * nodes;
  for (const std::uint32_t size : kSignSizes) histories += size;
  return histories;
}

}  // namespace adagrain
