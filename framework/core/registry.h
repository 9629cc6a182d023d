// Registry<Interface>: name -> summary and factory. An implementation registers itself from its own file with
//
//   const bool registered = Registry<Policy>::add("uniform", "one candidate for every layer", [] { ... });
//
// so that adding one edits no other file. The objects are linked from OBJECT libraries: a static archive
// would silently drop a file that nothing refers to.
#pragma once

#include <fmt/ranges.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

template <typename Interface>
class Registry {
 public:
  using Factory = std::function<std::unique_ptr<Interface>()>;

  // Throws InternalError on a duplicate name: two files claim the same word, and the program must not start.
  static bool add(std::string name, std::string summary, Factory factory) {
    const auto [place, fresh] =
        entries().try_emplace(std::move(name), Entry{std::move(summary), std::move(factory)});
    ensure(fresh, "{}: '{}' is registered twice", Interface::kind, place->first);
    return true;
  }

  // Throws ConfigError that lists the known names.
  static std::unique_ptr<Interface> create(const std::string& name) { return entry(name).factory(); }

  static const std::string& summary(const std::string& name) { return entry(name).summary; }

  static bool contains(const std::string& name) { return entries().contains(name); }

  // In alphabetical order.
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& [name, unused] : entries()) all.push_back(name);
    return all;
  }

 private:
  struct Entry {
    std::string summary;
    Factory factory;
  };

  static const Entry& entry(const std::string& name) {
    const auto found = entries().find(name);
    require<ConfigError>(found != entries().end(), "unknown {} '{}'; known: {}", Interface::kind, name,
                         fmt::join(names(), ", "));
    return found->second;
  }

  // A function-local static, so that registrations from any translation unit find it constructed.
  static std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> all;
    return all;
  }
};

}  // namespace adagrain
