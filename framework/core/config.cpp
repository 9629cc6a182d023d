#include "framework/core/config.h"

#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>
#include <sstream>
#include <type_traits>

#include "framework/core/files.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kLargestConfigBytes = 1 << 20;
constexpr int kMostNodes = 100'000;

std::string place(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

template <typename T>
struct is_vector : std::false_type {};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};

template <typename T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_integral_v<T>) return "an integer";
  if constexpr (std::is_floating_point_v<T>) return "a number";
  return "a text";
}

// Decimal only: yaml-cpp would read 010 as 8 and 0x10 as 16.
template <typename T>
bool parse_scalar(const std::string& text, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    value = text;
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return text == "true" || text == "false";
  } else {
    const std::size_t digits = text.starts_with('-') ? 1 : 0;
    if (std::is_integral_v<T> && text.size() > digits + 1 && text[digits] == '0') return false;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stopped == end;
  }
}

// Every mapping of the document, once, at load: a duplicate is a mistake even where nobody reads the key.
// Aliases are followed, and few lines of them make any number of nodes.
void refuse_duplicates(const YAML::Node& node, const std::string& file, int depth, int& visited) {
  require<ConfigError>(depth < 64, "{}: nested deeper than 64 levels", place(file, node.Mark()));
  require<ConfigError>(++visited <= kMostNodes, "{}: more than {} values, aliases followed",
                       place(file, node.Mark()), kMostNodes);
  if (node.IsMap()) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      require<ConfigError>(entry.first.IsScalar(), "{}: a key must be a word",
                           place(file, entry.first.Mark()));
      require<ConfigError>(seen.insert(entry.first.Scalar()).second, "{}: key '{}' is given twice",
                           place(file, entry.first.Mark()), entry.first.Scalar());
      refuse_duplicates(entry.second, file, depth + 1, visited);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) refuse_duplicates(item, file, depth + 1, visited);
  }
}

// Counts documents; what they hold is of no interest.
class DocumentCounter final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { last_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

  const YAML::Mark& last() const { return last_; }

 private:
  YAML::Mark last_;
};

// YAML::LoadAll never ends where a comma stands between documents: the parser hands out empty documents
// without moving on. Two are enough to know that there is more than one.
void refuse_further_documents(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCounter counter;
  if (!parser.HandleNextDocument(counter) || !parser) return;
  const bool second = parser.HandleNextDocument(counter);
  require<ConfigError>(!second,
                       "{}: one YAML document is expected; here another one, or a stray character, begins",
                       place(name, counter.last()));
}

// Editors insert tabs where a reader sees spaces, and the parser's own message does not name them.
std::string tab_hint(const std::string& text, int last_line) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 0; number <= last_line && std::getline(lines, line); ++number) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && tab < line.find_first_not_of(" \t"))
      return fmt::format("; line {} is indented with a tab, and YAML allows spaces only", number + 1);
  }
  return "";
}

// Whether up to two letters, and less than half of them, are wrong, missing or too many (Levenshtein, 1966).
bool is_misspelt(const std::string& given, const std::string& meant) {
  std::vector<std::size_t> distance(meant.size() + 1);
  std::iota(distance.begin(), distance.end(), std::size_t{0});
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::size_t diagonal = distance[0]++;
    for (std::size_t j = 0; j < meant.size(); ++j) {
      const std::size_t replaced = diagonal + (given[i] == meant[j] ? 0 : 1);
      diagonal = distance[j + 1];
      distance[j + 1] = std::min({replaced, distance[j + 1] + 1, distance[j] + 1});
    }
  }
  return distance.back() <= 2 && 2 * distance.back() < meant.size();
}

}  // namespace

struct Config::Document {
  std::string file;
  std::string text;
  std::map<std::string, std::string> values;  // what was asked for so far, by its whole path
};

struct Config::State {
  std::shared_ptr<Document> document;
  YAML::Node node;
  std::string path;  // "" at the root, "data." below key data
  std::set<std::string> asked;
};

Config::Config(std::shared_ptr<State> state) : state_(std::move(state)) {}

Config Config::load(const std::filesystem::path& file) {
  std::vector<std::uint8_t> bytes;
  try {
    bytes = read_file(file, kLargestConfigBytes);
  } catch (const DataError& error) {
    throw ConfigError(error.what());  // a mistyped path on the command line is the user's to mend
  }
  return parse(std::string(bytes.begin(), bytes.end()), file.string());
}

Config Config::parse(const std::string& text, const std::string& name) {
  auto state = std::make_shared<State>();
  state->document = std::make_shared<Document>(Document{name, text, {}});
  try {
    refuse_further_documents(text, name);
    state->node.reset(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}: not valid YAML: {}{}", place(name, error.mark), error.msg,
                                  tab_hint(text, error.mark.line)));
  }
  require<ConfigError>(state->node.IsMap() || state->node.IsNull(), "{}: a mapping of keys is expected",
                       name);
  int visited = 0;
  refuse_duplicates(state->node, name, 0, visited);
  return Config(std::move(state));
}

const std::string& Config::text() const {
  return state_->document->text;
}

std::map<std::string, std::string> Config::values(const std::vector<std::string>& without) const {
  std::map<std::string, std::string> values;
  for (auto entry = state_->document->values.lower_bound(state_->path);
       entry != state_->document->values.end() && entry->first.starts_with(state_->path); ++entry) {
    const std::string name = entry->first.substr(state_->path.size());
    const std::string key = name.substr(0, name.find_first_of(".["));
    if (std::find(without.begin(), without.end(), key) == without.end()) values[name] = entry->second;
  }
  return values;
}

YAML::Node Config::value_of(const std::string& key) const {
  state_->asked.insert(key);
  if (!state_->node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  return std::as_const(state_->node)[key];
}

std::string Config::where(const std::string& key) const {
  if (!key.empty() && state_->node.IsMap()) {
    for (const auto& entry : state_->node) {
      if (entry.first.Scalar() != key) continue;
      // yaml-cpp marks an absent value where the next key begins.
      return place(state_->document->file, (entry.second.IsNull() ? entry.first : entry.second).Mark());
    }
  }
  return place(state_->document->file, state_->node.Mark());
}

void Config::fail(const std::string& key, const std::string& text) const {
  std::string hint;
  if (!key.empty() && state_->node.IsMap() && !std::as_const(state_->node)[key].IsDefined()) {
    for (const std::string& given : keys())
      if (!state_->asked.contains(given) && is_misspelt(given, key))
        hint = fmt::format("; '{}' is given", given);
  }
  throw ConfigError(fmt::format("{}: {}{}: {}{}", where(key), state_->path, key, text, hint));
}

bool Config::has(const std::string& key) const {
  return value_of(key).IsDefined();
}

template <typename T>
T Config::get(const std::string& key, Range range) const {
  const YAML::Node value = value_of(key);
  if (!value.IsDefined()) fail(key, "is missing");
  const auto scalar = [&]<typename Item>(const YAML::Node& node, Item& item) {
    const std::string given = node.IsScalar() ? node.Scalar() : node.IsNull() ? "nothing" : "a collection";
    if (!node.IsScalar() || !parse_scalar(given, item)) {
      fail(key, fmt::format("is '{}'; {} is expected", given, type_name<Item>()));
    }
    if constexpr (std::is_arithmetic_v<Item> && !std::is_same_v<Item, bool>) {
      const auto number = static_cast<double>(item);
      if (!(number >= range.minimum && number <= range.maximum)) {
        fail(key, fmt::format("is {}; allowed {}..{}", given, range.minimum, range.maximum));
      }
    }
  };
  T result{};
  if constexpr (is_vector<T>::value) {
    if (value.IsSequence()) {
      for (const auto& node : value) {
        typename T::value_type item{};
        scalar(node, item);
        result.push_back(item);
      }
    } else {
      typename T::value_type item{};
      scalar(value, item);
      result.push_back(item);
    }
  } else {
    scalar(value, result);
  }
  state_->document->values[state_->path + key] = fmt::format("{}", result);
  return result;
}

template <typename T>
T Config::get(const std::string& key, const T& fallback, Range range) const {
  if (has(key)) return get<T>(key, range);
  state_->document->values[state_->path + key] = fmt::format("{}", fallback);
  return fallback;
}

#define ADAGRAIN_CONFIG_TYPE(T)                               \
  template T Config::get<T>(const std::string&, Range) const; \
  template T Config::get<T>(const std::string&, const T&, Range) const
ADAGRAIN_CONFIG_TYPE(int);
ADAGRAIN_CONFIG_TYPE(std::int64_t);
ADAGRAIN_CONFIG_TYPE(std::uint64_t);
ADAGRAIN_CONFIG_TYPE(double);
ADAGRAIN_CONFIG_TYPE(std::string);
ADAGRAIN_CONFIG_TYPE(std::vector<int>);
ADAGRAIN_CONFIG_TYPE(std::vector<std::int64_t>);
ADAGRAIN_CONFIG_TYPE(std::vector<std::uint64_t>);
ADAGRAIN_CONFIG_TYPE(std::vector<double>);
ADAGRAIN_CONFIG_TYPE(std::vector<std::string>);
#undef ADAGRAIN_CONFIG_TYPE
template bool Config::get<bool>(const std::string&, Range) const;
template bool Config::get<bool>(const std::string&, const bool&, Range) const;

std::string Config::choice(const std::string& key, const std::vector<std::string>& allowed) const {
  const auto given = get<std::string>(key);
  if (std::find(allowed.begin(), allowed.end(), given) == allowed.end()) {
    fail(key, fmt::format("is '{}'; allowed: {}", given, fmt::join(allowed, ", ")));
  }
  return given;
}

std::string Config::choice(const std::string& key, const std::vector<std::string>& allowed,
                           const std::string& fallback) const {
  return has(key) ? choice(key, allowed) : fallback;
}

Config Config::child(const std::string& key) const {
  if (!has(key)) fail(key, "is missing");
  return child_or_empty(key);
}

Config Config::child_or_empty(const std::string& key) const {
  const YAML::Node value = value_of(key);
  auto state = std::make_shared<State>();
  state->document = state_->document;
  state->path = state_->path + key + ".";
  if (value.IsDefined()) {
    if (!value.IsMap()) fail(key, "a mapping of keys is expected");
    state->node.reset(value);
  }
  return Config(std::move(state));
}

std::vector<Config> Config::children(const std::string& key) const {
  const YAML::Node value = value_of(key);
  std::vector<Config> all;
  if (!value.IsDefined()) return all;
  if (!value.IsSequence()) fail(key, "a list is expected");
  for (const YAML::Node& node : value) {
    if (!node.IsMap()) fail(key, "a list of mappings is expected");
    auto state = std::make_shared<State>();
    state->document = state_->document;
    state->path = fmt::format("{}{}[{}].", state_->path, key, all.size());
    state->node.reset(node);
    all.push_back(Config(std::move(state)));
  }
  return all;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> all;
  if (!state_->node.IsMap()) return all;
  for (const auto& entry : state_->node) all.push_back(entry.first.Scalar());
  return all;
}

void Config::finish() const {
  if (!state_->node.IsMap()) return;
  for (const auto& entry : state_->node) {
    const std::string& key = entry.first.Scalar();
    require<ConfigError>(state_->asked.contains(key), "{}: unknown key '{}{}'; known here: {}",
                         place(state_->document->file, entry.first.Mark()), state_->path, key,
                         fmt::join(state_->asked, ", "));
  }
}

}  // namespace adagrain
