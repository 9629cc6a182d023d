// The program: finds the subcommand in the registry, and makes exit codes of errors.
#include <fmt/format.h>
#include <malloc.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "framework/cli/command.h"
#include "framework/core/interrupt.h"
#include "framework/core/parallel.h"
#include "framework/core/terminal.h"
#include "framework/evaluation/torch_runtime.h"

namespace {

// Standard error may be closed or full, which must not become another exception.
int fail(int code, const char* text) {
  try {
    const std::string line = "adagrain: " + adagrain::without_controls(text) + "\n";
    std::fputs(line.c_str(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("adagrain: out of memory\n", stderr);
  }
  return code;
}

int run(int argc, char** argv) {
  using namespace adagrain;
  CLI::App app(
      "Adaptive compression granularity for neural networks: profile, choose, compress, decode, measure.");
  app.require_subcommand(1);
  GlobalOptions global;
  app.add_option("--threads", global.threads, "threads; default: all cores this process may use")
      ->check(CLI::Range(1, 1024));
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
  const std::string warning = configure_torch(resolve_threads(global.threads));
  if (!warning.empty()) fmt::print(stderr, "adagrain: warning: {}\n", warning);
  for (const auto& [sub, command] : commands) {
    if (sub->parsed()) command->run(global);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail(3, "cannot write to standard output");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  adagrain::restart_with_better_blas(argv);
  // Streams of up to this size reuse the memory of those before: new pages take as long as coding them.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  try {
    return run(argc, argv);
  } catch (const adagrain::ConfigError& error) {
    return fail(2, error.what());
  } catch (const adagrain::DataError& error) {
    return fail(3, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(3, error.what());  // a folder that cannot be made or read
  } catch (const adagrain::Interrupted& error) {
    return fail(130, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
