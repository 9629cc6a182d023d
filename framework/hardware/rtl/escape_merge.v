// Rows of coarse symbols to bytes: adds the raw bits from their planes, puts escapes in the place of symbol 63,
// and adds the base.
//
// A row stays a cycle, and one more for each escape beyond the first: the list, in a memory of its own, gives one
// a cycle, the last one first. Planes come as 64-bit words from the last one to the first, one word a plane for 64
// symbols; four are held.
module escape_merge (
    input  wire        clk,
    input  wire        rst,
    input  wire        start,
    input  wire [1:0]  raw_bits,          // 0 .. 2
    input  wire [7:0]  base,
    // rows
    input  wire        row_valid,
    output wire        row_ready,
    input  wire [31:0] row_at,
    input  wire [7:0]  row_lanes,
    input  wire [47:0] row_symbols,
    // planes
    input  wire        plane_valid,
    output wire        plane_ready,
    input  wire [63:0] plane_data,
    // escapes
    output wire        escape_take,
    input  wire [7:0]  escape_data,
    // bytes
    output wire        out_valid,
    output wire [31:0] out_at,
    output wire [7:0]  out_lanes,
    output reg  [63:0] out_bytes);
  localparam [5:0] ESCAPE = 6'd63;
  reg         full;
  reg  [31:0] at;
  reg  [7:0]  lanes, pending;             // pending: escapes that were not taken
  reg  [7:0]  distance [0:7];
  reg  [63:0] planes [0:3];               // the first one is the next
  reg  [2:0]  count;

  // The pending lane that is first, from the end.
  reg  [7:0] chosen;
  integer i;
  always @* begin
    chosen = 8'd0;
    for (i = 0; i < 8; i = i + 1)
      if (pending[i]) chosen = 8'd1 << i;
  end
  assign escape_take = full && pending != 8'd0;
  wire   planes_there = {1'b0, raw_bits} <= count;
  assign out_valid = full && planes_there && (pending & ~chosen) == 8'd0;
  assign row_ready = !full || out_valid;
  assign out_at = at;
  assign out_lanes = lanes;

  wire [63:0] plane0 = raw_bits == 2'd2 ? planes[1] : planes[0];
  wire [63:0] plane1 = planes[0];
  reg  [7:0]  value;
  always @* begin
    value = 8'd0;
    for (i = 0; i < 8; i = i + 1) begin
      value = chosen[i] ? escape_data : distance[i];
      if (raw_bits == 2'd1) value = {value[6:0], plane0[at[5:0] + i[5:0]]};
      if (raw_bits == 2'd2) value = {value[5:0], plane1[at[5:0] + i[5:0]], plane0[at[5:0] + i[5:0]]};
      out_bytes[8*i +: 8] = base + value;
    end
  end

  // The planes of 64 symbols go with the first of these.
  wire [1:0] pops = out_valid && at[5:0] == 6'd0 && lanes[0] ? raw_bits : 2'd0;
  wire [2:0] kept = count - {1'b0, pops};
  assign plane_ready = count <= 3'd3;
  wire loads = plane_valid && plane_ready;
  always @(posedge clk)
    if (rst || start) begin
      full  <= 1'b0;
      count <= 3'd0;
      pending <= 8'd0;
    end else begin
      if (row_ready) begin
        full  <= row_valid;
        at    <= row_at;
        lanes <= row_lanes;
      end
      for (i = 0; i < 8; i = i + 1)
        if (row_ready) begin
          distance[i] <= {2'd0, row_symbols[6*i +: 6]};
          pending[i]  <= row_valid && row_lanes[i] && row_symbols[6*i +: 6] == ESCAPE;
        end else if (escape_take && chosen[i]) begin
          distance[i] <= escape_data;
          pending[i]  <= 1'b0;
        end
      for (i = 0; i < 4; i = i + 1)
        if (loads && kept == i[2:0]) planes[i] <= plane_data;
        else if (pops == 2'd1 && i < 3) planes[i] <= planes[(i + 1) % 4];
        else if (pops == 2'd2 && i < 2) planes[i] <= planes[(i + 2) % 4];
      count <= loads ? kept + 3'd1 : kept;
    end
endmodule
