#include "framework/report/gnuplot.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "framework/core/error.h"
#include "framework/report/plot_script.h"

namespace adagrain {

namespace {

constexpr const char* kPreamble = R"(reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
set border 3 lw 0.7
set tics nomirror out scale 0.6
set xtics offset 0, 0.3
set ytics offset 0.4, 0
set grid y back lt 1 lc '#E4E4E4' lw 0.5
set title offset 0, -0.7
set style fill solid 1.0 noborder
unset key
)";

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

// The environment, but for variables that choose a terminal, fonts or options of gnuplot's.
std::vector<char*> without_gnuplot_settings() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("GNUTERM=") && !text.starts_with("GNUPLOT_") && !text.starts_with("GDFONTPATH="))
      kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

std::string gnuplot_script(const Drawing& drawing, const std::vector<std::string>& formats) {
  const double width = drawing.canvas.width, height = drawing.canvas.height();
  return fmt::format(
      "# {title}\n"
      "# Run `gnuplot {name}.gp` in this folder to draw it again from {name}.csv.\n"
      "csv = '{name}.csv'\n"
      "do for [format in '{formats}'] {{\n"
      "{preamble}"
      "if (format eq 'pdf') {{ set terminal pdfcairo size {width:.3f}in,{height:.3f}in font 'Sans,7' "
      "fontscale 1 "
      "linewidth 1.6 noenhanced }}\n"
      "if (format eq 'svg') {{ set terminal svg size {width_points:.0f},{height_points:.0f} dynamic font "
      "'Sans,7' "
      "linewidth 0.8 noenhanced }}\n"
      "if (format eq 'png') {{ set terminal pngcairo size {width_pixels:.0f},{height_pixels:.0f} font "
      "'Sans,7' "
      "fontscale 3 linewidth 2.4 pointscale 3 noenhanced }}\n"
      "set output '{name}.'.format\n"
      "{commands}"
      "unset output\n"
      "}}\n",
      fmt::arg("title", on_one_line(drawing.title)), fmt::arg("name", drawing.name),
      fmt::arg("preamble", kPreamble), fmt::arg("formats", fmt::format("{}", fmt::join(formats, " "))),
      fmt::arg("width", width), fmt::arg("height", height), fmt::arg("width_points", 72 * width),
      fmt::arg("height_points", 72 * height), fmt::arg("width_pixels", 216 * width),
      fmt::arg("height_pixels", 216 * height), fmt::arg("commands", drawing.commands));
}

void run_gnuplot(const std::filesystem::path& folder, const std::string& script, const std::string& program) {
  int ends[2];
  const int failure = ::pipe(ends) == 0 ? 0 : errno;
  ensure(failure == 0, "gnuplot: cannot make a pipe: {}", std::strerror(failure));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  // Figures are the same for every user: without the start-up files of the user and of the system.
  std::string name = program, defaults = "-d", argument = script;
  char* const arguments[] = {name.data(), defaults.data(), argument.data(), nullptr};
  std::vector<char*> environment = without_gnuplot_settings();
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environment.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::string printed = error == 0 ? read_all(ends[0]) : "";
  ::close(ends[0]);
  require<ConfigError>(error != ENOENT,
                       "figures are drawn by {}, which is not installed; install the package gnuplot-nox",
                       program);
  require<DataError>(error == 0, "{}: cannot start: {}", program, std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  require<DataError>(WIFEXITED(status) && WEXITSTATUS(status) == 0, "{}: {} failed: {}",
                     (folder / script).string(), program, printed);
}

}  // namespace adagrain
