// Values of the weights that are coded, to the places that a mask gives them, zeros elsewhere: eight places a
// cycle.
//
// The mask comes as 64-bit words, place 0 in bit 0, the values as groups of up to eight. Holds two words of the
// mask and 16 values; a row waits until the values it needs are held.
module mask_scatter #(parameter V = 8) (     // bits of a value
    input  wire           clk,
    input  wire           rst,
    input  wire           start,
    input  wire [31:0]    places,
    input  wire           mask_valid,
    output wire           mask_ready,
    input  wire [63:0]    mask_data,
    input  wire           in_valid,
    output wire           in_ready,
    input  wire [3:0]     in_count,          // values of this group, 1 .. 8, the first one lowest
    input  wire [8*V-1:0] in_values,
    output wire           out_valid,
    output reg  [8*V-1:0] out_values,        // the row's places, zeros beyond the last one
    output wire           done);
  reg [127:0]  mask;
  reg [4:0]    rows;                         // rows of the mask held, 8 places each
  reg [16*V-1:0] held;
  reg [4:0]    count;                        // values held
  reg [31:0]   left;                         // places

  // Places beyond the last one have no value, whatever their mask says.
  wire [7:0] in_layer = left >= 32'd8 ? 8'hff : ~(8'hff << left[2:0]);
  wire [7:0] wanted = mask[7:0] & in_layer;
  // Of each place, how many places before it have values.
  reg [3:0] rank [0:8];
  integer i;
  always @* begin
    rank[0] = 4'd0;
    for (i = 0; i < 8; i = i + 1) rank[i+1] = rank[i] + {3'd0, wanted[i]};
    for (i = 0; i < 8; i = i + 1)
      out_values[V*i +: V] = wanted[i] ? held[V*rank[i] +: V] : {V{1'b0}};
  end
  assign done = left == 32'd0;
  assign out_valid = !done && rows != 5'd0 && count >= {1'b0, rank[8]};

  wire [4:0] count_kept = out_valid ? count - {1'b0, rank[8]} : count;
  wire [4:0] rows_kept = out_valid ? rows - 5'd1 : rows;
  assign in_ready = count_kept <= 5'd8;      // room for a group beside what this row leaves
  assign mask_ready = rows <= 5'd8;
  wire loads_values = in_valid && in_ready, loads_mask = mask_valid && mask_ready;
  wire [16*V-1:0] rest = out_valid ? held >> (V * rank[8]) : held;
  wire [127:0] mask_rest = out_valid ? mask >> 8 : mask;
  always @(posedge clk)
    if (rst || start) begin
      mask  <= 128'd0;
      rows  <= 5'd0;
      held  <= {(16*V){1'b0}};
      count <= 5'd0;
      left  <= start ? places : 32'd0;
    end else begin
      mask  <= loads_mask ? mask_rest | ({64'd0, mask_data} << {rows_kept[3:0], 3'd0}) : mask_rest;
      rows  <= loads_mask ? rows_kept + 5'd8 : rows_kept;
      held  <= loads_values ? rest | ({{(8*V){1'b0}}, in_values} << (V * count_kept)) : rest;
      count <= loads_values ? count_kept + {1'b0, in_count} : count_kept;
      if (out_valid) left <= left > 32'd8 ? left - 32'd8 : 32'd0;
    end
endmodule
