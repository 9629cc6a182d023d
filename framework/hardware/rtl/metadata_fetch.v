// What describes the units of a layer, out of the metadata memory: of each unit whether it is alive, its step as
// float32, and its zero level; one unit a cycle.
//
// The memory holds up to three arrays of a layer, each beginning at a 64-bit word: alive (a bit a unit), step
// codes (a byte a unit), zero levels (a byte for each unit whose step code is not 0). Its one port answers a
// cycle after it was asked. Of each array two words are held. Where several lack words, one that has none comes
// first; among equals alive, then step codes, then zero levels. A layer without an array gives all units 1, step code 1 or zero level 0.
//
// Step code k means largest * 2^(-(k-1)/8), by one product of significands rounded to nearest even.
module metadata_fetch #(parameter A = 12) (  // address bits of the memory
    input  wire          clk,
    input  wire          rst,
    input  wire          start,
    input  wire [31:0]   units,
    input  wire [A-1:0]  alive_at,           // first words of the arrays
    input  wire [A-1:0]  steps_at,
    input  wire [A-1:0]  zeros_at,
    input  wire [A-1:0]  alive_words,        // 0: the layer has no such array
    input  wire [A-1:0]  steps_words,
    input  wire [A-1:0]  zeros_words,
    input  wire [31:0]   largest_step,       // float32 of 8 significant bits, a normal number
    // metadata memory
    output wire          ask,
    input  wire          granted,            // the port takes the address
    output wire [A-1:0]  address,
    input  wire [63:0]   data,               // a cycle after that
    // units
    output wire          out_valid,
    output wire          out_alive,          // has weights that are coded
    output wire [31:0]   out_step,           // 0 where the step code is 0
    output wire [7:0]    out_zero_level,
    input  wire          out_ready,
    output wire          done);
  // An array: two words held at most, one of them perhaps on its way.
  reg [63:0]  first [0:2], second [0:2];
  reg [1:0]   words [0:2];                   // of `first` and `second`
  reg [A-1:0] next [0:2];                    // the word that is asked for next
  reg [A-1:0] unasked [0:2];                 // words from there on
  reg [2:0]   has;                           // the layer has such an array
  reg [5:0]   place [0:2];                   // of the next item in `first`
  reg [31:0]  left;
  reg         coming;                        // a word was asked for in the cycle before
  reg [1:0]   whose;

  // Which arrays lack a word that the memory has, and which have none? One that is coming counts as there.
  wire [2:0] wants, empty;
  genvar g;
  generate
    for (g = 0; g < 3; g = g + 1) begin : want
      wire [1:0] there = words[g] + {1'b0, coming && whose == g};
      assign wants[g] = unasked[g] != {A{1'b0}} && there < 2'd2;
      assign empty[g] = unasked[g] != {A{1'b0}} && there == 2'd0;
    end
  endgenerate
  wire [1:0] first_of = empty != 3'd0 ? empty[1:0] : wants[1:0];
  wire [1:0] asked = first_of[0] ? 2'd0 : first_of[1] ? 2'd1 : 2'd2;
  assign done = left == 32'd0;
  assign ask = !done && |wants;
  assign address = next[asked];

  wire       alive_known = !has[0] || words[0] != 2'd0;
  wire       step_known = !has[1] || words[1] != 2'd0;
  wire [7:0] step_code = has[1] ? first[1][{place[1][2:0], 3'd0} +: 8] : 8'd1;
  wire       takes_zero = has[2] && step_code != 8'd0;
  wire       zero_known = !takes_zero || words[2] != 2'd0;
  assign out_valid = !done && alive_known && step_known && zero_known;
  assign out_alive = (!has[0] || first[0][place[0]]) && step_code != 8'd0;
  assign out_zero_level = takes_zero ? first[2][{place[2][2:0], 3'd0} +: 8] : 8'd0;
  step_scale scale(.largest(largest_step), .code(step_code), .step(out_step));

  // What this unit takes of each array, and whether that empties a word.
  wire       fires = out_valid && out_ready;
  wire [2:0] takes = {fires && takes_zero, fires && has[1], fires && has[0]};
  wire [2:0] empties = {takes[2] && place[2] == 6'd7, takes[1] && place[1] == 6'd7, takes[0] && place[0] == 6'd63};
  integer i;
  always @(posedge clk) begin
    coming <= ask && granted && !rst && !start;
    whose  <= asked;
    for (i = 0; i < 3; i = i + 1)
      if (rst || start) begin
        words[i]   <= 2'd0;
        place[i]   <= 6'd0;
        next[i]    <= i == 0 ? alive_at : i == 1 ? steps_at : zeros_at;
        unasked[i] <= i == 0 ? alive_words : i == 1 ? steps_words : zeros_words;
        has[i]     <= (i == 0 ? alive_words : i == 1 ? steps_words : zeros_words) != {A{1'b0}};
      end else begin
        if (ask && granted && asked == i[1:0]) begin
          next[i]    <= next[i] + 1'b1;
          unasked[i] <= unasked[i] - 1'b1;
        end
        if (takes[i]) place[i] <= empties[i] ? 6'd0 : place[i] + 6'd1;
        words[i] <= words[i] + {1'b0, coming && whose == i[1:0]} - {1'b0, empties[i]};
        if (empties[i]) first[i] <= second[i];
        if (coming && whose == i[1:0]) begin
          if (words[i] == {1'b0, empties[i]}) first[i] <= data;
          else second[i] <= data;
        end
      end
    if (rst || start) left <= start ? units : 32'd0;
    else if (fires) left <= left - 32'd1;
  end
endmodule
