// largest * 2^(-(code-1)/8) as float32, rounded to nearest even; 0 for code 0. The largest step has eight
// significant bits, eighths of an octave 24: one product of 8 x 24 bits.
module step_scale (
    input  wire [31:0] largest,              // a normal number; so is what it becomes
    input  wire [7:0]  code,
    output wire [31:0] step);
  wire [7:0] down = code - 8'd1;             // eighths of an octave
  reg [23:0] eighth;                         // 2^(-i/8) = eighth / 2^24, for i = 0 / 2^23
  always @*
    case (down[2:0])
      3'd0: eighth = 24'h800000;
      3'd1: eighth = 24'heac0c7;
      3'd2: eighth = 24'hd744fd;
      3'd3: eighth = 24'hc5672a;
      3'd4: eighth = 24'hb504f3;
      3'd5: eighth = 24'ha5fed7;
      3'd6: eighth = 24'h9837f0;
      3'd7: eighth = 24'h8b95c2;
    endcase
  wire [31:0] product = {24'd0, 1'b1, largest[22:16]} * {8'd0, eighth};
  wire        wide = product[31];            // its highest bit is bit 31, otherwise bit 30
  wire [23:0] kept = wide ? product[31:8] : product[30:7];
  wire        half = wide ? product[7] : product[6];
  wire        rest = wide ? |product[6:0] : |product[5:0];
  wire [24:0] rounded = {1'b0, kept} + {24'd0, half && (rest || kept[0])};
  wire [7:0]  exponent = largest[30:23] - {3'd0, down[7:3]} - {7'd0, down[2:0] != 3'd0} + {7'd0, wide} +
                         {7'd0, rounded[24]};
  assign step = code == 8'd0 ? 32'd0 : {1'b0, exponent, rounded[24] ? rounded[23:1] : rounded[22:0]};
  wire unused = &{1'b0, largest[31], largest[15:0]};
endmodule
