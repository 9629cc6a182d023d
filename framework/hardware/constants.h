// Sourced constants: what presets and energy tables state, each with value, unit and source.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "framework/core/config.h"

namespace adagrain {

// A constant as it was stated, for reports and results.
struct Constant {
  std::string key;  // "dram.burst"
  double value = 0;
  std::string unit, source;
};

// A constant that a struct `Owner` holds: its key ("group.name", or "name" at the top), the unit that the
// formulas assume, the range that is allowed, and the member that it fills. Counts are integers.
template <typename Owner>
struct ConstantSpec {
  std::string key, unit;
  Range range;
  std::variant<std::uint64_t Owner::*, double Owner::*> member;

  bool whole() const { return std::holds_alternative<std::uint64_t Owner::*>(member); }
  void set(Owner& owner, double value) const {
    if (whole()) {
      owner.*std::get<std::uint64_t Owner::*>(member) = static_cast<std::uint64_t>(value);
    } else {
      owner.*std::get<double Owner::*>(member) = value;
    }
  }
};

// Reads the mappings {value, unit, source} of one file, two levels deep. Everything throws ConfigError with
// the place in the file and what is allowed.
class ConstantFile {
 public:
  explicit ConstantFile(Config root) : root_(std::move(root)) {}

  // At the top, for keys that are no constants.
  const Config& root() const { return root_; }
  bool has(const std::string& key);
  // The mapping under "group.name" or "name". Its unit must be the one given and its source not empty.
  Constant read(const std::string& key, const std::string& unit, Range range, bool whole);
  // A word under "group.name" or "name".
  std::string word(const std::string& key, const std::vector<std::string>& allowed);

  // Fills the members of `owner` and returns what was stated. A missing constant is an error where `complete`
  // and keeps the owner's value otherwise.
  template <typename Owner>
  std::vector<Constant> read_all(const std::vector<ConstantSpec<Owner>>& specs, bool complete, Owner& owner) {
    std::vector<Constant> stated;
    for (const ConstantSpec<Owner>& spec : specs) {
      if (!complete && !has(spec.key)) continue;
      stated.push_back(read(spec.key, spec.unit, spec.range, spec.whole()));
      spec.set(owner, stated.back().value);
    }
    return stated;
  }

  // Every key that nobody asked for is an error.
  void finish() const;

 private:
  const Config& group_of(const std::string& key);

  Config root_;
  std::map<std::string, Config> groups_;
};

}  // namespace adagrain
