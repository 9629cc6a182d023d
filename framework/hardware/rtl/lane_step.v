// What one lane of profile precise does in a cycle, all of it combinational: two look-ups and a product.
module lane_step (
    input  wire [27:0]      x,            // 2^12 <= x < 2^28
    input  wire [64*25-1:0] buckets,
    input  wire [64*12-1:0] frequencies,
    output wire [5:0]       symbol,
    output wire [27:0]      y,            // frequency (x / 2^12) + occurrence
    output wire             wants);       // y is below 2^12: a 16-bit word is to be appended
  // As arrays, which synthesis turns into trees of multiplexers; of slices of a vector it makes shifters.
  wire [24:0] bucket_of [0:63];
  wire [11:0] frequency_of [0:63];
  genvar g;
  generate
    for (g = 0; g < 64; g = g + 1) begin : entries
      assign bucket_of[g] = buckets[25*g +: 25];
      assign frequency_of[g] = frequencies[12*g +: 12];
    end
  endgenerate
  wire [24:0] bucket = bucket_of[x[11:6]];
  wire        own = {1'b0, x[5:0]} < bucket[24:18];
  assign symbol = own ? x[11:6] : bucket[17:12];
  wire [11:0] occurrence = own ? {6'd0, x[5:0]} : {6'd0, x[5:0]} + bucket[11:0];
  wire [11:0] stored = frequency_of[symbol];
  wire [12:0] frequency = {stored == 12'd0, stored};
  wire [28:0] product = frequency * x[27:12];
  assign y = product[27:0] + {16'd0, occurrence};
  assign wants = y[27:12] == 16'd0;
  wire unused = &{1'b0, product[28]};
endmodule
