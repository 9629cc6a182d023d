#include "framework/container/stem_code.h"

#include <algorithm>
#include <charconv>

#include "framework/container/directory.h"

namespace adagrain {
namespace {

// Values of the low four bits of the first byte; below kIncremented they are the characters dropped.
constexpr std::uint64_t kIncremented = 13, kNext = 14, kManyDropped = 15;
constexpr std::uint64_t kManyAdded = 15;
constexpr std::size_t kReach = 16;  // what the high four bits can say

// "block9.conv" -> "block10.conv"; empty without a number of at most six digits that another program would
// write.
std::string incremented(std::string_view stem) {
  constexpr std::string_view digits = "0123456789";
  const std::size_t last = stem.find_last_of(digits);
  if (last == std::string_view::npos) return {};
  const std::size_t before = stem.find_last_not_of(digits, last);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view number = stem.substr(first, last + 1 - first);
  if (number.size() > 6 || (number.size() > 1 && number.front() == '0')) return {};
  std::uint32_t value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return std::string(stem.substr(0, first)) + std::to_string(value + 1).append(stem.substr(last + 1));
}

}  // namespace

const std::string& StemCode::previous() const {
  static const std::string none;
  return stems_.empty() ? none : stems_[place_];
}

void StemCode::seen(const std::string& stem) {
  const auto [entry, fresh] = places_.emplace(stem, stems_.size());
  place_ = entry->second;
  if (!fresh) return;
  stems_.push_back(stem);
  if (std::string successor = incremented(stem); !successor.empty())
    successors_[std::move(successor)] = place_;
}

void StemCode::append(Bytes& out, std::string_view stem) {
  const std::string text(stem);
  const auto first = [&](std::uint64_t low, std::uint64_t high) {
    out.push_back(static_cast<std::uint8_t>(low | high << 4));
  };
  const auto known = places_.find(text), numbered = successors_.find(text);
  const auto beyond = [&](std::size_t place) { return (place + stems_.size() - place_ - 1) % stems_.size(); };
  if (known != places_.end() && known->second != place_ && beyond(known->second) < kReach) {
    first(kNext, beyond(known->second));
  } else if (known == places_.end() && numbered != successors_.end() &&
             stems_.size() - numbered->second <= kReach) {
    first(kIncremented, stems_.size() - 1 - numbered->second);
  } else {
    const std::string& base = previous();
    const auto [mine, theirs] = std::mismatch(stem.begin(), stem.end(), base.begin(), base.end());
    const auto dropped = static_cast<std::uint64_t>(base.end() - theirs);
    const auto added = static_cast<std::uint64_t>(stem.end() - mine);
    first(dropped < kIncremented ? dropped : kManyDropped, std::min(added, kManyAdded));
    if (dropped >= kIncremented) append_varint(out, dropped - kIncremented);
    if (added >= kManyAdded) append_varint(out, added - kManyAdded);
    out.insert(out.end(), mine, stem.end());
  }
  seen(text);
}

std::string StemCode::read(ByteReader& reader, std::string_view where) {
  const auto lengths = reader.number<std::uint8_t>();
  const std::uint64_t low = lengths & 15U, high = lengths >> 4;
  std::string stem;
  if (low == kNext) {
    require<DataError>(high < stems_.size(), "{}: a name follows {} others of {}", where, high + 1,
                       stems_.size());
    stem = stems_[(place_ + 1 + high) % stems_.size()];
  } else if (low == kIncremented) {
    require<DataError>(high < stems_.size(), "{}: a name counts on from {} back of {}", where, high + 1,
                       stems_.size());
    stem = incremented(stems_[stems_.size() - 1 - high]);
    require<DataError>(!stem.empty(), "{}: a name counts on from one without a number", where);
  } else {
    std::uint64_t dropped = low, added = high;
    if (low == kManyDropped)
      dropped = kIncremented + std::min<std::uint64_t>(reader.varint(), kMaximumNameBytes);
    if (added == kManyAdded) added += std::min<std::uint64_t>(reader.varint(), kMaximumNameBytes);
    const std::string& base = previous();
    require<DataError>(dropped <= base.size(), "{}: a name drops {} of {} characters", where, dropped,
                       base.size());
    require<DataError>(base.size() - dropped + added <= kMaximumNameBytes, "{}: a name of more than {} bytes",
                       where, kMaximumNameBytes);
    const auto fresh = reader.take(added);
    stem = base.substr(0, base.size() - dropped);
    stem.append(fresh.begin(), fresh.end());
  }
  seen(stem);
  return stem;
}

}  // namespace adagrain
