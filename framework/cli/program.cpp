#include "framework/cli/program.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "framework/core/interrupt.h"
#include "framework/core/text.h"

namespace adagrain {

namespace {

// Standard error may be closed or full, which must not become another exception.
int fail(int code, const char* text) {
  try {
    const std::string line = "adagrain: " + without_controls(text) + "\n";
    std::fputs(line.c_str(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("adagrain: out of memory\n", stderr);
  }
  return code;
}

int parse_and_run(int argc, char** argv, const Program& program) {
  CLI::App app(
      "Adaptive compression granularity for neural networks: profile, choose, compress, decode, measure.");
  app.require_subcommand(1);
  GlobalOptions global;
  global.arguments.assign(argv, argv + argc);
  app.add_option("--threads", global.threads, "threads; default: all cores this process may use")
      ->check(CLI::Range(1, 1024));
  app.set_version_flag("--version", program.version, "version, commit and libraries");
  app.fallthrough();
  std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> commands;
  for (const std::string& name : Registry<Command>::names()) {
    CLI::App* sub = app.add_subcommand(name, Registry<Command>::summary(name));
    commands.emplace_back(sub, Registry<Command>::create(name));
    commands.back().second->declare(*sub);
  }
  // CLI11 would only say that a subcommand is required; the registry names the word and the known ones.
  if (argc > 1 && argv[1][0] != '-') Registry<Command>::summary(argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help is no error
    return fail(2, fmt::format("{}; --help lists what is allowed", error.what()).c_str());
  }
  install_interrupt_handlers();
  if (program.prepare) program.prepare(global);
  for (const auto& [sub, command] : commands) {
    if (sub->parsed()) command->run(global);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail(3, "cannot write to standard output");
  return 0;
}

}  // namespace

int run_program(int argc, char** argv, const Program& program) {
  try {
    return parse_and_run(argc, argv, program);
  } catch (const ConfigError& error) {
    return fail(2, error.what());
  } catch (const DataError& error) {
    return fail(3, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(3, error.what());  // a folder that cannot be made or read
  } catch (const Interrupted& error) {
    return fail(130, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace adagrain
