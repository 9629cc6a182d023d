// Between a memory and a lane: 64-bit words of one stream in, its next two bytes out.
//
// Holds up to 16 bytes. Takes a word in a cycle that it begins with at most eight; the word is shown from the
// next cycle on. Byte 0 of the stream is in bits 7:0 of the first word; what the last word holds beyond the
// stream is never shown.
module stream_buffer (
    input  wire        clk,
    input  wire        rst,
    input  wire        start,     // a new stream of `bytes` bytes; forgets the one before
    input  wire [31:0] bytes,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] in_data,
    output wire [7:0]  byte0,     // the next one
    output wire [7:0]  byte1,     // the one after it
    output wire [1:0]  shown,     // how many of the two are there
    output wire        ended,     // nothing follows those that are shown
    input  wire [1:0]  take);     // at most `shown`
  reg [127:0] held;
  reg [4:0]   count;              // bytes held
  reg [31:0]  left;               // bytes of the stream that were not taken

  assign byte0 = held[7:0];
  assign byte1 = held[15:8];
  wire       whole = left <= {27'd0, count};  // all that is left is held
  wire [4:0] known = whole ? left[4:0] : count;
  assign shown = known >= 5'd2 ? 2'd2 : known[1:0];
  assign ended = whole && left <= 32'd2;
  assign in_ready = count <= 5'd8;

  wire         loads = in_valid && in_ready;
  wire [127:0] rest = take == 2'd2 ? held >> 16 : take == 2'd1 ? held >> 8 : held;
  wire [4:0]   kept = count - {3'd0, take};
  always @(posedge clk)
    if (rst || start) begin
      held  <= 128'd0;
      count <= 5'd0;
      left  <= start ? bytes : 32'd0;
    end else begin
      held  <= loads ? rest | ({64'd0, in_data} << {kept, 3'd0}) : rest;
      count <= loads ? kept + 5'd8 : kept;
      left  <= left - {30'd0, take};
    end
endmodule
