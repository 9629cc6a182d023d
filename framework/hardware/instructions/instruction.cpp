#include "framework/hardware/instructions/instruction.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr int kOpcodeLow = 27, kOpcodeBits = 5;

std::uint64_t largest(const OperandSpec& operand) {
  return (std::uint64_t{1} << operand.bits) - 1;
}

std::uint32_t mask(const OperandSpec& operand) {
  return static_cast<std::uint32_t>(largest(operand) << operand.low);
}

const InstructionSpec* find_spec(std::uint32_t opcode) {
  for (const InstructionSpec& spec : instruction_set())
    if (static_cast<std::uint32_t>(spec.opcode) == opcode) return &spec;
  return nullptr;
}

std::size_t operand_number(const InstructionSpec& spec, const std::string& name) {
  for (std::size_t i = 0; i < spec.operands.size(); ++i)
    if (spec.operands[i].name == name) return i;
  throw InternalError(fmt::format("{} has no operand '{}'", spec.mnemonic, name));
}

void append_words(std::vector<std::uint32_t>& words, const Instruction& instruction) {
  const InstructionSpec& spec = spec_of(instruction.opcode);
  const std::size_t first = words.size();
  words.resize(first + static_cast<std::size_t>(spec.words));
  words[first] = static_cast<std::uint32_t>(spec.opcode) << kOpcodeLow;
  for (std::size_t i = 0; i < spec.operands.size(); ++i) {
    const OperandSpec& operand = spec.operands[i];
    words[first + static_cast<std::size_t>(operand.word)] |= instruction.operands[i] << operand.low;
  }
}

// A loop's length is counted in words and must end where an instruction does, inside the program and inside
// the loops around it.
void check_loops(const Program& program, std::size_t total_words) {
  std::vector<std::size_t> ends;  // in words, of the loops that are open
  std::size_t at = 0;
  for (const Instruction& instruction : program) {
    while (!ends.empty() && ends.back() == at) ends.pop_back();
    require<DataError>(ends.empty() || at < ends.back(),
                       "program: a loop ends within the instruction before word {}", at);
    at += static_cast<std::size_t>(spec_of(instruction.opcode).words);
    if (instruction.opcode != Opcode::loop) continue;
    const std::size_t end = at + instruction.operand("words");
    const std::size_t limit = ends.empty() ? total_words : ends.back();
    require<DataError>(instruction.operand("words") > 0 && end < total_words && end <= limit,
                       "program: a loop over words {} to {}; allowed are whole instructions before word {}",
                       at, end, limit);
    ends.push_back(end);
  }
}

}  // namespace

const InstructionSpec& spec_of(Opcode opcode) {
  const InstructionSpec* spec = find_spec(static_cast<std::uint32_t>(opcode));
  ensure(spec != nullptr, "opcode {} has no instruction", static_cast<int>(opcode));
  return *spec;
}

std::uint32_t Instruction::operand(const std::string& name) const {
  return operands[operand_number(spec_of(opcode), name)];
}

Instruction make_instruction(Opcode opcode, std::initializer_list<std::uint64_t> operands) {
  const InstructionSpec& spec = spec_of(opcode);
  ensure(operands.size() == spec.operands.size(), "{} takes {} operands; {} are given", spec.mnemonic,
         spec.operands.size(), operands.size());
  Instruction instruction{opcode, {}};
  std::size_t i = 0;
  for (const std::uint64_t value : operands) {
    ensure(value <= largest(spec.operands[i]), "{}: {} is {}; at most {} fits", spec.mnemonic,
           spec.operands[i].name, value, largest(spec.operands[i]));
    instruction.operands[i++] = static_cast<std::uint32_t>(value);
  }
  return instruction;
}

std::uint64_t largest_operand(Opcode opcode, const std::string& name) {
  const InstructionSpec& spec = spec_of(opcode);
  return largest(spec.operands[operand_number(spec, name)]);
}

std::vector<std::uint32_t> encode_program(const Program& program) {
  std::vector<std::uint32_t> words;
  for (const Instruction& instruction : program) append_words(words, instruction);
  return words;
}

Program decode_program(std::span<const std::uint32_t> words) {
  Program program;
  for (std::size_t at = 0; at < words.size();) {
    require<DataError>(program.empty() || program.back().opcode != Opcode::halt,
                       "program: word {} stands after HALT", at);
    const std::uint32_t opcode = words[at] >> kOpcodeLow;
    const InstructionSpec* spec = find_spec(opcode);
    require<DataError>(spec != nullptr, "program: word {} has the unknown opcode {}", at, opcode);
    const auto count = static_cast<std::size_t>(spec->words);
    require<DataError>(count <= words.size() - at, "program: {} at word {} has {} words; {} are left",
                       spec->mnemonic, at, count, words.size() - at);
    Instruction instruction{spec->opcode, {}};
    std::array<std::uint32_t, 3> unused{((1u << kOpcodeLow) - 1), ~0u, ~0u};
    for (std::size_t i = 0; i < spec->operands.size(); ++i) {
      const OperandSpec& operand = spec->operands[i];
      const auto word = static_cast<std::size_t>(operand.word);
      instruction.operands[i] = (words[at + word] & mask(operand)) >> operand.low;
      unused[word] &= ~mask(operand);
    }
    for (std::size_t word = 0; word < count; ++word)
      require<DataError>((words[at + word] & unused[word]) == 0,
                         "program: word {} has bits that no operand of {} has", at + word, spec->mnemonic);
    program.push_back(instruction);
    at += count;
  }
  require<DataError>(!program.empty() && program.back().opcode == Opcode::halt,
                     "program: no HALT at the end");
  check_loops(program, words.size());
  return program;
}

std::size_t program_words(const Program& program) {
  std::size_t words = 0;
  for (const Instruction& instruction : program)
    words += static_cast<std::size_t>(spec_of(instruction.opcode).words);
  return words;
}

std::string disassemble(const Program& program) {
  std::string text;
  std::vector<std::size_t> ends;
  std::size_t at = 0;
  for (const Instruction& instruction : program) {
    const InstructionSpec& spec = spec_of(instruction.opcode);
    while (!ends.empty() && ends.back() <= at) ends.pop_back();
    text += fmt::format("{:5}  {:{}}{:<5}", at, "", 2 * ends.size(), spec.mnemonic);
    for (std::size_t i = 0; i < spec.operands.size(); ++i)
      text += fmt::format(" {}={}", spec.operands[i].name, instruction.operands[i]);
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
    at += static_cast<std::size_t>(spec.words);
    if (instruction.opcode == Opcode::loop) ends.push_back(at + instruction.operand("words"));
  }
  return text;
}

}  // namespace adagrain
