// A synchronous memory with a port to write and a port to read. On silicon it is a compiled SRAM: synthesis
// leaves it out, its area is that of the SRAM table.
module table_memory #(
    parameter ADDRESS = 12,
    parameter WIDTH = 32) (
    input  wire               clk,
    input  wire               write,
    input  wire [ADDRESS-1:0] write_at,
    input  wire [WIDTH-1:0]   write_data,
    input  wire [ADDRESS-1:0] read_at,
    output reg  [WIDTH-1:0]   read_data);  // a cycle later; the old word where it is written in the same cycle
  reg [WIDTH-1:0] words [0:(1 << ADDRESS)-1];
  always @(posedge clk) begin
    if (write) words[write_at] <= write_data;
    read_data <= words[read_at];
  end
endmodule
