// The probability table of interleaved lanes, in registers that all lanes read at once. Slot 64 b + i of 4096 is
// occurrence i of symbol b where i < share, otherwise occurrence i + adjust of symbol `other` (Walker, 1977).
// Loading it takes 64 writes.
module alias_table (
    input  wire               clk,
    input  wire               write,
    input  wire [5:0]         write_at,
    input  wire [6:0]         share,      // 0 .. 64
    input  wire [5:0]         other,
    input  wire [11:0]        adjust,     // modulo 4096
    input  wire [11:0]        frequency,  // of symbol write_at; 0 stands for 4096 too
    output wire [64*25-1:0]   buckets,    // {share, other, adjust} of each bucket
    output wire [64*12-1:0]   frequencies);
  reg [24:0] bucket_of [0:63];
  reg [11:0] frequency_of [0:63];
  always @(posedge clk)
    if (write) begin
      bucket_of[write_at]    <= {share, other, adjust};
      frequency_of[write_at] <= frequency;
    end
  genvar g;
  generate
    for (g = 0; g < 64; g = g + 1) begin : flat
      assign buckets[25*g +: 25] = bucket_of[g];
      assign frequencies[12*g +: 12] = frequency_of[g];
    end
  endgenerate
endmodule
