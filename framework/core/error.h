// How AdaGrain fails. `require` is for what a user, a file or a configuration can cause, `ensure` for our own
// bugs. Every text says where, what was given and what is allowed. The library throws: it neither prints nor
// exits. The programs turn an exception into one line on stderr and an exit code; what else is printed comes
// from framework/terminal and framework/cli.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace adagrain {

// A configuration or command line the user can mend. Exit code 2.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A file or dataset that is missing, damaged or does not fit. Exit code 3.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Ctrl-C or SIGTERM, after everything worth keeping was written. Exit code 130.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A broken promise of our own. Exit code 1.
struct InternalError : std::logic_error {
  using std::logic_error::logic_error;
};

// Out of line: an error text in the middle of a loop costs the caller a jump that is not taken.
template <typename Error>
[[noreturn, gnu::cold, gnu::noinline]] void throw_error(fmt::string_view text, fmt::format_args values) {
  throw Error(fmt::vformat(text, values));
}

template <typename Error, typename... Args>
void require(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) [[unlikely]]
    throw_error<Error>(text, fmt::make_format_args(args...));
}

template <typename... Args>
void ensure(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) [[unlikely]]
    throw_error<InternalError>(text, fmt::make_format_args(args...));
}

}  // namespace adagrain
