// Histogram, zeros and range of 8-bit values, one a cycle. The histogram is a memory of 256 counts that is read,
// counted up and written back; two equal values in a row take the count that is still on its way. Reading a bin
// clears it, so 256 reads end one profile and prepare the next.
module profiling_unit #(parameter W = 24) (  // bits of a count; beyond 2^W - 1 it stays there
    input  wire              clk,
    input  wire              rst,
    input  wire              start,          // clears zeros, total and range, not the bins
    input  wire              in_valid,
    input  wire signed [7:0] value,
    input  wire              read,           // the count of `bin` two cycles after the last value; it is there
    input  wire [7:0]        bin,            // in the next cycle
    output wire [W-1:0]      count,
    output reg  [W-1:0]      zeros,
    output reg  [W-1:0]      total,
    output reg signed [7:0]  lowest,
    output reg signed [7:0]  highest);
  reg [7:0]   at, last_at;
  reg         adds, clears, last_adds;
  reg [W-1:0] last_sum;
  wire [W-1:0] held;
  wire [W-1:0] known = last_adds && last_at == at ? last_sum : held;
  wire [W-1:0] sum = more(known);
  assign count = held;
  function [W-1:0] more(input [W-1:0] number);
    more = &number ? number : number + 1'b1;
  endfunction

  table_memory #(.ADDRESS(8), .WIDTH(W)) histogram(
      .clk(clk), .write(adds || clears), .write_at(at), .write_data(clears ? {W{1'b0}} : sum),
      .read_at(read ? bin : value), .read_data(held));
  always @(posedge clk) begin
    at        <= read ? bin : value;
    adds      <= in_valid && !read && !rst;
    clears    <= read && !rst;
    last_at   <= at;
    last_adds <= adds && !rst;
    last_sum  <= sum;
    if (rst || start) begin
      zeros   <= {W{1'b0}};
      total   <= {W{1'b0}};
      lowest  <= 8'sd127;
      highest <= -8'sd128;
    end else if (in_valid) begin
      total <= more(total);
      if (value == 8'sd0) zeros <= more(zeros);
      if (value < lowest) lowest <= value;
      if (value > highest) highest <= value;
    end
  end
endmodule
