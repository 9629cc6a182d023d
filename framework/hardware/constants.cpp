#include "framework/hardware/constants.h"

namespace adagrain {

namespace {

std::string name_in_group(const std::string& key) {
  return key.substr(key.find('.') + 1);  // npos + 1 is 0
}

}  // namespace

const Config& ConstantFile::group_of(const std::string& key) {
  const std::size_t dot = key.find('.');
  if (dot == std::string::npos) return root_;
  const std::string group = key.substr(0, dot);
  const auto found = groups_.find(group);
  if (found != groups_.end()) return found->second;
  return groups_.emplace(group, root_.child_or_empty(group)).first->second;
}

bool ConstantFile::has(const std::string& key) {
  return group_of(key).has(name_in_group(key));
}

Constant ConstantFile::read(const std::string& key, const std::string& unit, Range range, bool whole) {
  const Config constant = group_of(key).child(name_in_group(key));
  Constant stated;
  stated.key = key;
  stated.value = whole ? static_cast<double>(constant.get<std::uint64_t>("value", range))
                       : constant.get<double>("value", range);
  stated.unit = constant.choice("unit", {unit});
  stated.source = constant.get<std::string>("source");
  if (stated.source.empty()) constant.fail("source", "is empty; say where the value is from");
  constant.finish();
  return stated;
}

std::string ConstantFile::word(const std::string& key, const std::vector<std::string>& allowed) {
  return group_of(key).choice(name_in_group(key), allowed);
}

void ConstantFile::finish() const {
  for (const auto& [name, group] : groups_) group.finish();
  root_.finish();
}

}  // namespace adagrain
