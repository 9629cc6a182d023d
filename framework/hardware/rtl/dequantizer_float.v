// step * (offset + stride * symbol) as float32, rounded to nearest even: the bits that the software gives. A
// value each cycle, three cycles later.
//
// Steps are normal numbers, as are the products; a step below 2^-126 counts as 0.
module dequantizer_float #(
    parameter S = 16,                        // bits of a symbol
    parameter L = 18) (                      // bits of a level and its sign
    input  wire                clk,
    input  wire                rst,
    input  wire                in_valid,
    input  wire [S-1:0]        symbol,
    input  wire                binary,       // stride 2: symbols 0 and 1 are levels -1 and 1
    input  wire signed [L-1:0] offset,       // lowest level - zero level
    input  wire [31:0]         step,         // float32, not negative
    output reg                 out_valid,
    output reg  [31:0]         value);
  // Cycle 1: the level.
  reg                valid1;
  reg signed [L-1:0] level;
  reg [31:0]         step1;
  // Cycle 2: significand times magnitude, both integers, exact.
  reg                valid2, sign2, zero2;
  reg [7:0]          exponent2;
  reg [L+23:0]       product;
  wire [L-1:0]       magnitude = level < 0 ? -level : level;
  // Cycle 3: the highest 24 bits, rounded.
  reg [5:0] top;                             // the highest bit that is set, 23 .. L + 23
  integer i;
  always @* begin
    top = 6'd23;
    for (i = 24; i < L + 24; i = i + 1)
      if (product[i]) top = i[5:0];
  end
  wire [5:0]    shift = top - 6'd23;
  wire [L+23:0] kept = product >> shift;
  wire [L+23:0] dropped = product & ~({(L+24){1'b1}} << shift);
  wire [L+23:0] half = ({{(L+23){1'b0}}, 1'b1} << shift) >> 1;
  wire          up = dropped > half || (dropped == half && dropped != 0 && kept[0]);
  wire [24:0]   rounded = {1'b0, kept[23:0]} + {24'd0, up};
  wire [7:0]    exponent = exponent2 + {2'd0, shift} + {7'd0, rounded[24]};
  always @(posedge clk) begin
    valid1    <= in_valid && !rst;
    valid2    <= valid1 && !rst;
    out_valid <= valid2 && !rst;
    level     <= offset + $signed({{(L-S-1){1'b0}}, binary ? {symbol, 1'b0} : {1'b0, symbol}});
    step1     <= step;
    product   <= {{L{1'b0}}, 1'b1, step1[22:0]} * {24'd0, magnitude};
    sign2     <= level < 0;
    exponent2 <= step1[30:23];
    zero2     <= level == 0 || step1[30:23] == 8'd0;
    value     <= zero2 ? 32'd0 : {sign2, exponent, rounded[24] ? rounded[23:1] : rounded[22:0]};
  end
  wire unused = &{1'b0, step1[31], kept[L+23:24]};
endmodule
