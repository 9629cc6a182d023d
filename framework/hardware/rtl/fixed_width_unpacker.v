// Symbols of a fixed width out of 64-bit words, as the coder `raw` packs them: least significant bit first.
//
// Up to eight symbols a cycle of at most 8 bits, four of more; all of them at once or none. Holds two words; takes
// one in a cycle at whose end it would hold at most one.
module fixed_width_unpacker (
    input  wire         clk,
    input  wire         rst,
    input  wire         start,
    input  wire [4:0]   width,        // 0 .. 16 bits; 0: no word is asked for, all symbols are 0
    input  wire [31:0]  symbols,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [63:0]  in_data,
    output wire         out_valid,
    output wire [3:0]   out_count,    // symbols of this cycle, the first one in bits 15:0
    output reg  [127:0] out_symbols,
    input  wire         out_ready,
    output wire         done);
  reg [127:0] held;
  reg [7:0]   count;                  // bits held
  reg [31:0]  left;                   // symbols

  wire [3:0]  most = width > 5'd8 ? 4'd4 : 4'd8;
  wire [3:0]  now = left < {28'd0, most} ? left[3:0] : most;
  wire [8:0]  need = now * width;     // at most 64
  assign done = left == 32'd0;
  assign out_valid = !done && count >= need[7:0];
  assign out_count = now;
  wire        fires = out_valid && out_ready;
  wire [7:0]  kept = fires ? count - need[7:0] : count;
  wire [127:0] rest = fires ? held >> need[6:0] : held;
  assign in_ready = kept <= 8'd64;
  wire        loads = in_valid && in_ready;

  wire [15:0] mask = ~(16'hffff << width);
  wire [79:0] window = {16'd0, held[63:0]};
  integer i;
  always @* begin
    out_symbols = 128'd0;
    for (i = 0; i < 8; i = i + 1)
      if (i < 4 || width <= 5'd8) out_symbols[16*i +: 16] = window[i[6:0]*width +: 16] & mask;
  end

  always @(posedge clk)
    if (rst || start) begin
      held  <= 128'd0;
      count <= 8'd0;
      left  <= start ? symbols : 32'd0;
    end else begin
      held  <= loads ? rest | ({64'd0, in_data} << kept[6:0]) : rest;
      count <= loads ? kept + 8'd64 : kept;
      if (fires) left <= left - {28'd0, now};
    end
  wire unused = &{1'b0, need[8]};
endmodule
