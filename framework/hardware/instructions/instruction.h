// The instructions that drive decoders and array: 32-bit words, INSTRUCTIONS.md has the table.
//
// The first word of an instruction holds its opcode in bits 27-31 and small operands below it; some take one
// or two words more, each a whole operand. All bits that no operand has are 0. One word is issued a cycle.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace adagrain {

enum class Opcode : std::uint8_t {
  halt = 1,
  layer,
  group,
  load_metadata,
  load_table,
  open,
  decode,
  dequantise,
  skip,
  scatter,
  multiply,
  load_activations,
  store_activations,
  profile,
  switch_table,
  loop,
  sync,
};

// Bits low .. low + bits - 1 of a word.
struct OperandSpec {
  const char* name;
  int word, low, bits;
  const char* meaning;
};

struct InstructionSpec {
  Opcode opcode;
  const char* mnemonic;
  int words;  // and cycles to issue, at a word a cycle
  const char* summary;
  std::vector<OperandSpec> operands;
};

// In the order of the opcodes.
const std::vector<InstructionSpec>& instruction_set();
const InstructionSpec& spec_of(Opcode opcode);

constexpr std::size_t kMostOperands = 8;

struct Instruction {
  Opcode opcode = Opcode::halt;
  std::array<std::uint32_t, kMostOperands> operands{};  // in the order of the spec

  // By its name in the spec; an InternalError where there is none.
  std::uint32_t operand(const std::string& name) const;

  bool operator==(const Instruction&) const = default;
};

// In the order of the spec. An operand too large for its bits is an InternalError: compilers check before.
Instruction make_instruction(Opcode opcode, std::initializer_list<std::uint64_t> operands = {});
// What fits into the operand of that name.
std::uint64_t largest_operand(Opcode opcode, const std::string& name);

using Program = std::vector<Instruction>;

std::vector<std::uint32_t> encode_program(const Program& program);
// Throws DataError on an unknown opcode, bits that no operand has, a word that is missing, a LOOP that does
// not stand over whole instructions, and anything but one HALT at the end.
Program decode_program(std::span<const std::uint32_t> words);

std::size_t program_words(const Program& program);

// One line an instruction: address of its first word, mnemonic, operands by name. Bodies of loops are
// indented.
std::string disassemble(const Program& program);

}  // namespace adagrain
