// `adagrain`: every command that needs no network. The others are passed on to the program beside it.
#include "framework/cli/network_commands.h"
#include "framework/cli/program.h"

int main(int argc, char** argv) {
  adagrain::register_network_commands();
  return adagrain::run_program(argc, argv, {.version = adagrain::version_of_both_programs});
}
