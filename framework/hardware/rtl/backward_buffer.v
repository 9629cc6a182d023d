// Between a memory and a row of lanes: 64-bit words of a chunk from its end to its beginning in, its next 16 bytes
// out, the last byte of the chunk first.
//
// Holds up to 32 bytes. Takes a word in a cycle that it begins with at most 24; the word is shown from the next
// cycle on. Bits 7:0 of a word are its byte of the highest address; what the last word holds beyond the chunk is
// never shown.
module backward_buffer (
    input  wire         clk,
    input  wire         rst,
    input  wire         start,    // a new chunk, of which `bytes` are code and states
    input  wire [31:0]  bytes,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [63:0]  in_data,
    output wire [127:0] window,   // the next byte in bits 7:0
    output wire [5:0]   shown,    // how many bytes there are, more than 16 perhaps
    output wire         whole,    // nothing follows those
    input  wire [4:0]   take);    // at most 16, at most `shown`
  reg [255:0] held;
  reg [5:0]   count;              // bytes held
  reg [31:0]  left;               // bytes of the chunk that were not taken

  assign window = held[127:0];
  assign whole = left <= {26'd0, count};
  assign shown = whole ? left[5:0] : count;
  assign in_ready = count <= 6'd24;

  wire         loads = in_valid && in_ready;
  wire [255:0] rest = held >> {take, 3'd0};
  wire [5:0]   kept = count - {1'b0, take};
  always @(posedge clk)
    if (rst || start) begin
      held  <= 256'd0;
      count <= 6'd0;
      left  <= start ? bytes : 32'd0;
    end else begin
      held  <= loads ? rest | ({192'd0, in_data} << {kept, 3'd0}) : rest;
      count <= loads ? kept + 6'd8 : kept;
      left  <= left - {27'd0, take};
    end
endmodule
