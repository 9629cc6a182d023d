#include "framework/compression/payload/coder_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/compression/grouping/stored_grouping.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

// In the order of ids.
std::vector<NamedCoder> all_coders() {
  std::vector<NamedCoder> coders;
  for (const std::string& name : Registry<LayerCoder>::names())
    coders.push_back({name, Registry<LayerCoder>::create(name)});
  std::sort(coders.begin(), coders.end(), [](const NamedCoder& left, const NamedCoder& right) {
    return left.coder->id() < right.coder->id();
  });
  return coders;
}

bool may_be_asked(const NamedCoder& named, const CodingRequest& request) {
  if (!request.coder.empty()) return named.name == request.coder;
  if (!request.entropy) return named.coder->id() == kRawCoderId;
  const std::optional<SpeedRange> speeds = named.coder->use().speeds;
  return speeds && speeds->lowest <= request.speed && request.speed <= speeds->highest;
}

std::vector<NamedCoder> asked_coders(const CodingRequest& request) {
  std::vector<NamedCoder> asked;
  for (NamedCoder& named : all_coders()) {
    if (may_be_asked(named, request)) asked.push_back(std::move(named));
  }
  ensure(!asked.empty(), "no coder is for speed {}", request.speed);
  return asked;
}

std::uint64_t bytes_of(const EncodedWeights& encoded) {
  return encoded.size() + (encoded.grouping.tables > 1 ? grouping_bytes(encoded.grouping).size() : 0);
}

std::string refusal_of(const NamedCoder& named, const LayerValues& layer, bool named_by_candidate) {
  const std::uint64_t fewest = named.coder->use().fewest_weights;
  if (!named_by_candidate && layer.coded.count < fewest)
    return fmt::format("is for {} weights and more, not {}", fewest, layer.coded.count);
  return named.coder->refusal(layer);
}

ChosenCoding encode_by(const NamedCoder& named, const LayerValues& layer, const CodingOptions& options) {
  ChosenCoding made;
  made.choice.taken = named.name;
  made.id = named.coder->id();
  made.encoded = named.coder->encode(layer, options);
  return made;
}

}  // namespace

ChosenCoding choose_coder(const LayerValues& layer, const CodingRequest& request, int threads) {
  const CodingOptions options{request.speed, threads};
  std::vector<PricedCoder> priced;
  std::vector<NamedCoder> taking;
  for (NamedCoder& named : asked_coders(request)) {
    priced.push_back({named.name, {}, refusal_of(named, layer, !request.coder.empty())});
    if (priced.back().refusal.empty()) taking.push_back(std::move(named));
  }
  std::string reasons;
  for (const PricedCoder& each : priced)
    reasons += fmt::format("{}coder {} {}", reasons.empty() ? "" : "; ", each.name, each.refusal);
  require<ConfigError>(!taking.empty(), "{}", reasons);
  const auto place_of = [&](const std::string& name) {
    return std::find_if(priced.begin(), priced.end(),
                        [&](const PricedCoder& each) { return each.name == name; });
  };
  ChosenCoding best;
  if (request.speed == 0) {
    for (const NamedCoder& named : taking) {
      ChosenCoding made = encode_by(named, layer, options);
      place_of(named.name)->bytes = bytes_of(made.encoded);
      if (best.choice.taken.empty() || bytes_of(made.encoded) < bytes_of(best.encoded))
        best = std::move(made);
    }
  } else {
    const auto fastest =
        std::max_element(taking.begin(), taking.end(), [](const auto& left, const auto& right) {
          return left.coder->use().decoding_speed < right.coder->use().decoding_speed;
        });
    best = encode_by(*fastest, layer, options);
    for (PricedCoder& each : priced) {
      if (each.name == fastest->name) {
        each.bytes = bytes_of(best.encoded);
      } else if (each.refusal.empty()) {
        each.refusal = fmt::format("decodes slower than {}", fastest->name);
      }
    }
  }
  best.choice.priced = std::move(priced);
  return best;
}

NamedCoder idle_coder(const CodingRequest& request) {
  return std::move(asked_coders(request).front());
}

std::vector<CoderPrice> price_coders(const LayerValues& layer, int threads) {
  const ValueHistogram histogram = value_histogram(layer);
  std::vector<CoderPrice> prices;
  for (const NamedCoder& named : all_coders()) {
    CoderPrice price{{named.name, {}, named.coder->refusal(layer)}};
    if (price.priced.refusal.empty()) {
      const int speed = named.coder->use().speeds.value_or(SpeedRange{0, 0}).lowest;
      price.priced.bytes = bytes_of(named.coder->encode(layer, {speed, threads}));
      price.estimate = named.coder->estimate(histogram);
    }
    prices.push_back(std::move(price));
  }
  return prices;
}

}  // namespace adagrain
