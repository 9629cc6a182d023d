#include "framework/core/provenance.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace adagrain {
namespace {

TEST(Provenance, NamesVersionCommitCompilerAndMachine) {
  const Provenance here = provenance();
  EXPECT_TRUE(here.version.find('.') != std::string::npos) << here.version;
  EXPECT_TRUE(here.commit == "unknown" || here.commit.size() == 12) << here.commit;
  EXPECT_EQ(here.commit.find_first_not_of(here.commit == "unknown" ? "unkow" : "0123456789abcdef"),
            std::string::npos)
      << here.commit;
  EXPECT_TRUE(here.compiler.starts_with("gcc ") || here.compiler.starts_with("clang ")) << here.compiler;
  EXPECT_NE(here.command.find("tests"), std::string::npos) << "this process: " << here.command;
  EXPECT_EQ(here.machine, machine_description());
}

TEST(Provenance, HasTheLibrariesThatWereNamed) {
  const Provenance before = provenance();
  name_libraries("1.2.3", "a BLAS");
  EXPECT_EQ(provenance().libtorch, "1.2.3");
  EXPECT_EQ(provenance().blas, "a BLAS");
  name_libraries(before.libtorch, before.blas);
}

// What a shell makes of the line, a word in brackets each.
std::string words_of(const std::string& line) {
  const std::string command = "printf '<%s>' " + line;
  const std::unique_ptr<FILE, int (*)(FILE*)> shell(popen(command.c_str(), "r"), pclose);
  std::string text(1000, '\0');
  text.resize(fread(text.data(), 1, text.size(), shell.get()));
  return text;
}

TEST(Provenance, ACommandCanBeGivenToAShellAgain) {
  EXPECT_EQ(quote_command({"adagrain", "run", "a/b.yaml", "--output=x"}), "adagrain run a/b.yaml --output=x");
  EXPECT_EQ(words_of(quote_command({"two words", "", "it's", "$HOME", "\"*\"", "a\nb"})),
            "<two words><><it's><$HOME><\"*\"><a\nb>");
}

}  // namespace
}  // namespace adagrain
