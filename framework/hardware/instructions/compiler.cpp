#include "framework/hardware/instructions/compiler.h"

#include <algorithm>
#include <bit>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kLevelPlane = 4, kAllTables = 15;

std::uint64_t zigzag(std::int32_t value) {
  const auto wide = static_cast<std::int64_t>(value);
  return static_cast<std::uint64_t>(wide << 1 ^ wide >> 63);
}

class LayerCompiler {
 public:
  LayerCompiler(const StoredLayer& layer, std::span<const std::uint8_t> payload, const LayerMapping& mapping)
      : layer_(layer), payload_(payload), mapping_(mapping) {}

  Program compile() {
    require<DataError>(payload_.size() <= largest_operand(Opcode::open, "at"),
                       "a payload of {} bytes; programs reach {}", payload_.size(),
                       largest_operand(Opcode::open, "at"));
    begin_layer();
    emit(program_, Opcode::load_activations, {mapping_.input_bytes});
    Program pass = streams();
    append_tiles(pass);
    repeat(program_, pass, mapping_.passes);
    emit(program_, Opcode::store_activations, {mapping_.output_bytes});
    emit(program_, Opcode::sync, {});
    emit(program_, Opcode::halt, {});
    return std::move(program_);
  }

 private:
  static void emit(Program& to, Opcode opcode, std::initializer_list<std::uint64_t> operands) {
    to.push_back(make_instruction(opcode, operands));
  }

  std::uint64_t offset(std::span<const std::uint8_t> part) const {
    return part.empty() ? 0 : static_cast<std::uint64_t>(part.data() - payload_.data());
  }

  void begin_layer() {
    const UnitMap& units = layer_.cut.units;
    const bool own_steps = layer_.quantized && layer_.cut.step_units.count > 1;
    emit(program_, Opcode::layer,
         {layer_.quantized, own_steps, !layer_.code.zero_level.empty(), layer_.masked,
          static_cast<std::uint64_t>(layer_.matrix.rows), static_cast<std::uint64_t>(layer_.matrix.columns)});
    if (own_steps || layer_.masked) emit_tiles(0, 0, units);
    bool groups_said = false;
    for (const MetadataField& field : layer_.metadata) {
      if (field.kind >= MetadataKind::row_scales && !groups_said) {
        emit_groups();
        groups_said = true;
      }
      emit(program_, Opcode::load_metadata,
           {static_cast<std::uint64_t>(field.kind), field.coded, offset(field.bytes), field.bytes.size()});
    }
  }

  void emit_tiles(std::uint64_t use, std::uint64_t tables, const UnitMap& units) {
    const auto side = [](std::int64_t tile, std::int64_t all) {
      return tile >= all ? std::uint64_t{0} : static_cast<std::uint64_t>(tile);
    };
    emit(program_, Opcode::group,
         {use, tables, 0, side(units.tile_rows, layer_.matrix.rows),
          side(units.tile_columns, layer_.matrix.columns)});
  }

  void emit_groups() {
    if (layer_.grouping != Grouping::scales) return emit_tiles(1, layer_.tables, layer_.groups.units());
    const ScaleCodes& scales = layer_.groups.scales();
    emit(program_, Opcode::group,
         {1, layer_.tables, std::uint64_t{!scales.row.empty()} | std::uint64_t{!scales.column.empty()} << 1,
          0, 0});
  }

  Program streams() const {
    Program opened;
    for (std::size_t i = 0; i < layer_.streams.size(); ++i) {
      const WeightStream& stream = layer_.streams[i];
      emit(opened, Opcode::open,
           {i, static_cast<std::uint64_t>(stream.kind),
            static_cast<std::uint64_t>(std::bit_width(stream.alphabet - 1)),
            stream.plane < 0 ? kLevelPlane : static_cast<std::uint64_t>(stream.plane),
            stream.table < 0 ? kAllTables : static_cast<std::uint64_t>(stream.table), stream.backward,
            offset(stream.bytes), stream.bytes.size()});
    }
    for (std::size_t i = 0; i < layer_.streams.size(); ++i) {
      const int plane = layer_.streams[i].plane;
      if (layer_.streams[i].kind == StreamKind::table)
        emit(opened, Opcode::load_table, {i, plane < 0 || plane == 3 ? layer_.tables : 1});
    }
    return opened;
  }

  Program tile_program(const WeightTile& tile) const {
    Program body;
    const std::uint64_t weights = tile.weights();
    if (!any_coded(tile)) {
      emit(body, Opcode::skip, {weights});
    } else {
      emit(body, Opcode::decode, {0, layer_.streams.size(), weights});
      const bool levels = layer_.coder == "adaptive";
      emit(body, Opcode::dequantise,
           {std::uint64_t{!layer_.quantized ? 1u
                          : levels          ? 2u
                                            : 0u},
            layer_.stride == 2, zigzag(layer_.lowest), weights});
      if (layer_.coded.count < layer_.weights()) emit(body, Opcode::scatter, {weights});
    }
    emit(body, Opcode::multiply, {tile.rows, weights, mapping_.pixels_a_pass()});
    return body;
  }

  bool any_coded(const WeightTile& tile) const {
    const auto behind =
        std::partition_point(layer_.coded.ranges.begin(), layer_.coded.ranges.end(),
                             [&](const ElementRange& range) { return range.end <= tile.begin; });
    return behind != layer_.coded.ranges.end() && behind->begin < tile.end;
  }

  // Runs of tiles with the same program become loops.
  void append_tiles(Program& to) const {
    Program body;
    std::uint64_t times = 0;
    for (const WeightTile& tile : mapping_.tiles) {
      Program next = tile_program(tile);
      if (next == body) {
        ++times;
        continue;
      }
      repeat(to, body, times);
      body = std::move(next);
      times = 1;
    }
    repeat(to, body, times);
  }

  static void repeat(Program& to, const Program& body, std::uint64_t times) {
    if (times > 1 && program_words(body) <= largest_operand(Opcode::loop, "words")) {
      emit(to, Opcode::loop, {program_words(body), times});
      times = 1;
    }
    for (; times > 0; --times) to.insert(to.end(), body.begin(), body.end());
  }

  const StoredLayer& layer_;
  std::span<const std::uint8_t> payload_;
  const LayerMapping& mapping_;
  Program program_;
};

}  // namespace

Program compile_layer(const StoredLayer& layer, std::span<const std::uint8_t> payload,
                      const LayerMapping& mapping) {
  return LayerCompiler(layer, payload, mapping).compile();
}

}  // namespace adagrain
