// Ctrl-C and SIGTERM set a flag that long work asks for at points where stopping loses nothing. A second
// Ctrl-C ends the process at once.
#pragma once

#include <string_view>

namespace adagrain {

void install_interrupt_handlers();
bool interrupted();
// Throws Interrupted with "interrupted; <what was kept>" when the flag is set.
void stop_if_interrupted(std::string_view kept);

}  // namespace adagrain
