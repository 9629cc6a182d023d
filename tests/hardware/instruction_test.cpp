#include "framework/hardware/instructions/instruction.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "framework/core/error.h"

namespace adagrain {
namespace {

// Every operand at its largest.
Instruction full(const InstructionSpec& spec) {
  Instruction instruction{spec.opcode, {}};
  for (std::size_t i = 0; i < spec.operands.size(); ++i)
    instruction.operands[i] = static_cast<std::uint32_t>((std::uint64_t{1} << spec.operands[i].bits) - 1);
  return instruction;
}

Program with_halt(Program program) {
  program.push_back(make_instruction(Opcode::halt));
  return program;
}

void expect_refused(const std::vector<std::uint32_t>& words, const std::string& reason) {
  try {
    decode_program(words);
    ADD_FAILURE() << "accepted; expected: " << reason;
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST(Instructions, OperandsDoNotOverlapAndFitTheirWords) {
  std::set<std::string> mnemonics;
  for (const InstructionSpec& spec : instruction_set()) {
    EXPECT_TRUE(mnemonics.insert(spec.mnemonic).second) << spec.mnemonic;
    EXPECT_LE(spec.operands.size(), kMostOperands);
    std::vector<std::uint64_t> used(static_cast<std::size_t>(spec.words));
    used[0] = std::uint64_t{31} << 27;  // the opcode
    for (const OperandSpec& operand : spec.operands) {
      ASSERT_LT(operand.word, spec.words) << spec.mnemonic;
      const std::uint64_t bits = ((std::uint64_t{1} << operand.bits) - 1) << operand.low;
      EXPECT_LT(bits, std::uint64_t{1} << 32) << spec.mnemonic << " " << operand.name;
      EXPECT_EQ(used[static_cast<std::size_t>(operand.word)] & bits, 0u)
          << spec.mnemonic << " " << operand.name;
      used[static_cast<std::size_t>(operand.word)] |= bits;
    }
  }
}

TEST(Instructions, WordsAndBack) {
  for (const InstructionSpec& spec : instruction_set()) {
    if (spec.opcode == Opcode::halt || spec.opcode == Opcode::loop) continue;
    const Program program = with_halt({full(spec)});
    const auto words = encode_program(program);
    EXPECT_EQ(words.size(), program_words(program));
    EXPECT_EQ(words.size(), static_cast<std::size_t>(spec.words) + 1);
    EXPECT_EQ(decode_program(words), program) << spec.mnemonic;
    EXPECT_NE(disassemble(program).find(spec.mnemonic), std::string::npos);
  }
}

TEST(Instructions, BitsOfNoOperandAreRefused) {
  for (const InstructionSpec& spec : instruction_set()) {
    if (spec.opcode == Opcode::loop) continue;
    const std::vector<std::uint32_t> words = encode_program({Instruction{spec.opcode, {}}});
    for (std::size_t word = 0; word < words.size(); ++word) {
      for (int bit = 0; bit < (word == 0 ? 27 : 32); ++bit) {
        bool known = false;
        for (const OperandSpec& operand : spec.operands)
          known |= operand.word == static_cast<int>(word) && bit >= operand.low &&
                   bit < operand.low + operand.bits;
        if (known) continue;
        auto odd = words;
        odd[word] |= 1u << bit;
        odd.push_back(encode_program({make_instruction(Opcode::halt)})[0]);
        expect_refused(odd, "bits that no operand");
      }
    }
  }
}

TEST(Instructions, BrokenProgramsAreRefused) {
  const std::uint32_t halt = encode_program({make_instruction(Opcode::halt)})[0];
  expect_refused({}, "no HALT");
  expect_refused({0}, "unknown opcode 0");
  expect_refused({31u << 27}, "unknown opcode 31");
  expect_refused({halt, halt}, "stands after HALT");
  auto words = encode_program({make_instruction(Opcode::skip, {5})});
  expect_refused(words, "no HALT");
  words.pop_back();
  expect_refused(words, "1 are left");
  const auto loop = [&](std::uint64_t length) {
    return encode_program(
        with_halt({make_instruction(Opcode::loop, {length, 2}), make_instruction(Opcode::skip, {5})}));
  };
  EXPECT_NO_THROW(decode_program(loop(2)));
  expect_refused(loop(0), "loop");
  expect_refused(loop(1), "loop");  // ends within SKIP
  expect_refused(loop(3), "loop");  // takes HALT in
  expect_refused(loop(100), "loop");
}

TEST(Instructions, ANestedLoopStaysWithinTheOneAround) {
  const Instruction skip = make_instruction(Opcode::skip, {5});
  const auto nested = [&](std::uint64_t inner) {
    return encode_program(with_halt(
        {make_instruction(Opcode::loop, {4, 2}), make_instruction(Opcode::loop, {inner, 3}), skip, skip}));
  };
  EXPECT_NO_THROW(decode_program(nested(2)));
  expect_refused(nested(4), "loop");
}

TEST(Instructions, AnOperandBeyondItsBitsIsOurMistake) {
  EXPECT_THROW(make_instruction(Opcode::load_table, {16, 1}), InternalError);
  EXPECT_THROW(make_instruction(Opcode::load_table, {1}), InternalError);
}

TEST(Instructions, TheDocumentHasEveryOne) {
  std::ifstream file(std::string(ADAGRAIN_TESTS_ROOT) +
                     "/../framework/hardware/instructions/INSTRUCTIONS.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const InstructionSpec& spec : instruction_set()) {
    const std::string row = fmt::format("| {} | {} | {} | {} |", spec.mnemonic, static_cast<int>(spec.opcode),
                                        spec.words, spec.summary);
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
    for (const OperandSpec& operand : spec.operands) {
      const std::string bits = operand.bits == 1
                                   ? fmt::to_string(operand.low)
                                   : fmt::format("{}-{}", operand.low, operand.low + operand.bits - 1);
      EXPECT_NE(text.str().find(fmt::format("`{}` {}: {}", operand.name, operand.word, bits)),
                std::string::npos)
          << spec.mnemonic << " " << operand.name;
    }
  }
}

}  // namespace
}  // namespace adagrain
