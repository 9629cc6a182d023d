#include "framework/hardware/energy_table.h"

#include "framework/core/error.h"
#include "framework/hardware/yaml_folder.h"

namespace adagrain {

namespace {

const std::vector<ConstantSpec<EnergyTable>>& required_constants() {
  static const std::vector<ConstantSpec<EnergyTable>> specs = {
      {"node", "nm", {1, 1000}, &EnergyTable::node_nm},
      {"sram_node", "nm", {1, 1000}, &EnergyTable::sram_node_nm},
      {"mac_8bit", "pJ", {0, 1e6}, &EnergyTable::mac_8bit_pj},
      {"mac_16bit", "pJ", {0, 1e6}, &EnergyTable::mac_16bit_pj},
      {"gate", "pJ", {0, 1e6}, &EnergyTable::gate_pj},
  };
  return specs;
}

const std::vector<ConstantSpec<EnergyTable>>& optional_constants() {
  static const std::vector<ConstantSpec<EnergyTable>> specs = {
      {"buffer", "pJ/bit", {1e-9, 1e6}, &EnergyTable::buffer_pj_per_bit},
  };
  return specs;
}

}  // namespace

double EnergyTable::mac_pj(std::uint64_t operand_bits) const {
  require<ConfigError>(operand_bits == 8 || operand_bits == 16,
                       "energy table {}: no multiplication of {} bits; it has 8 and 16", name, operand_bits);
  return operand_bits == 8 ? mac_8bit_pj : mac_16bit_pj;
}

std::vector<std::string> energy_tables() {
  return yaml_names("energy");
}

EnergyTable load_energy_table(const std::string& name) {
  EnergyTable table;
  table.name = name;
  ConstantFile file(Config::load(yaml_file("energy", "energy table", name)));
  table.constants = file.read_all(required_constants(), true, table);
  for (Constant& constant : file.read_all(optional_constants(), false, table))
    table.constants.push_back(std::move(constant));
  file.finish();
  return table;
}

}  // namespace adagrain
