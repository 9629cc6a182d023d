// offset + stride * symbol as int8, for arrays that multiply integers and scale sums by the step. A value each
// cycle, one cycle later. What int8 cannot hold is clamped, and said to be.
module dequantizer_int8 #(
    parameter S = 16,                        // bits of a symbol
    parameter L = 18) (                      // bits of a level and its sign
    input  wire                clk,
    input  wire                rst,
    input  wire                in_valid,
    input  wire [S-1:0]        symbol,
    input  wire                binary,       // stride 2: symbols 0 and 1 are levels -1 and 1
    input  wire signed [L-1:0] offset,       // lowest level - zero level
    output reg                 out_valid,
    output reg signed [7:0]    value,
    output reg                 clamped);
  wire signed [L-1:0] level =
      offset + $signed({{(L-S-1){1'b0}}, binary ? {symbol, 1'b0} : {1'b0, symbol}});
  wire fits = level[L-1:7] == {(L-7){level[L-1]}};
  always @(posedge clk) begin
    out_valid <= in_valid && !rst;
    value     <= fits ? level[7:0] : {level[L-1], {7{!level[L-1]}}};
    clamped   <= !fits;
  end
endmodule
