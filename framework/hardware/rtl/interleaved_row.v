// Eight lanes side by side of interleaved rANS, profile precise: a row of eight coarse symbols a cycle, the last
// row of the chunk first. Of 1, 2 or 4 lanes rows are as short; more than 8 take turns, their states in a memory
// of 32 x 224 bits.
//
// A chunk goes through these phases:
//   states   a state a cycle, from the end of the chunk; beyond 8 lanes two cycles more, until the first row's are
//            read
//   rows     a row a cycle, where the buffer shows the words that its lanes want and whoever takes the row is ready
//   prefix   with 8 lanes or more: what the states have come to holds the chunk's first symbols, coded by one more
//            lane: a symbol a cycle, and a cycle for each eight states read
module interleaved_row (
    input  wire             clk,
    input  wire             rst,
    input  wire             start,
    input  wire [3:0]       log_lanes,    // 0 .. 8
    input  wire [31:0]      symbols,      // at least one
    input  wire [10:0]      prefix,       // of them, 0 with less than 8 lanes
    // backward buffer
    input  wire [127:0]     window,
    input  wire [5:0]       shown,
    input  wire             whole,
    output wire [4:0]       take,
    // alias table
    input  wire [64*25-1:0] buckets,
    input  wire [64*12-1:0] frequencies,
    // rows
    output wire             out_valid,
    output wire [31:0]      out_at,       // place of lane 0's symbol in the chunk
    output wire [7:0]       out_lanes,    // that have a symbol
    output wire [47:0]      out_symbols,
    input  wire             out_ready,
    output reg              done,         // until the next start
    output reg              good);        // with done: the code was all there was, and lanes end where they may
  localparam [2:0] IDLE = 3'd0, STATES = 3'd1, WRITE = 3'd2, READ = 3'd3, ROWS = 3'd4, CARRY = 3'd5, PREFIX = 3'd6,
                   CHECK = 3'd7;
  localparam [27:0] LOWEST = 28'd4096;
  reg [2:0]  phase;
  reg [31:0] left;                        // symbols that were not decoded
  reg        bad;
  wire       single = log_lanes <= 4'd3;  // all states fit in `own`
  wire [4:0] last_group = ~(5'h1f << (single ? 4'd0 : log_lanes - 4'd3));

  // States: of up to 8 lanes in `own`, of more in the memory, whose output is the row that is decoded.
  reg  [27:0]  own [0:7];
  wire [223:0] read;
  wire [223:0] own_row = {own[7], own[6], own[5], own[4], own[3], own[2], own[1], own[0]};
  wire [223:0] x = single ? own_row : read;

  // Phase states: {bits below the highest one - 12, those bits}, from `offset` of the window's first byte on.
  reg  [8:0]  lane;
  reg  [2:0]  offset;
  wire [30:0] field = aligned(window[37:0], offset);
  wire [4:0]  below = 5'd12 + {1'b0, field[3:0]};
  wire [27:0] state = {1'b0, field[30:4] & ~(27'h7ffffff << below)} | (28'd1 << below);
  wire [5:0]  bits = {1'b0, below} + 6'd4 + {3'd0, offset};
  function [30:0] aligned(input [37:0] from, input [2:0] bit_offset);
    aligned = from[{3'd0, bit_offset} +: 31];
  endfunction
  wire        last_lane = lane[7:0] == ~(8'hff << log_lanes);
  wire [5:0]  bytes_wanted = last_lane ? (bits + 6'd7) >> 3 : bits >> 3;
  wire        state_there = shown >= 6'd5 || whole;
  wire        state_goes = phase == STATES && state_there;
  reg         assembled;                  // `own` holds eight states that go to the memory
  reg  [4:0]  assembled_group;

  // Phase rows.
  wire [31:0] last = left - 32'd1;
  wire [2:0]  in_row = last_in_row(log_lanes);
  wire [31:0] base = {last[31:3], last[2:0] & ~in_row};
  wire        ends = base <= {21'd0, prefix};
  wire [2:0]  first_lane = ends ? prefix[2:0] & in_row : 3'd0;
  wire [7:0]  active = (8'hff << first_lane) & ~(8'hfe << (last[2:0] & in_row));
  wire [4:0]  group = base[7:3] & last_group;
  function [2:0] last_in_row(input [3:0] log);
    last_in_row = log == 4'd0 ? 3'd0 : log == 4'd1 ? 3'd1 : log == 4'd2 ? 3'd3 : 3'd7;
  endfunction

  // Phase prefix.
  reg  [27:0] one;                        // the one more lane's state
  reg  [95:0] carried;                    // words, the next one highest
  reg  [2:0]  carried_words;
  reg  [4:0]  carried_group;              // that is read next
  reg         fresh, exhausted;           // no group was read, none is left
  wire [95:0] low_bits = {x[196+:12], x[168+:12], x[140+:12], x[112+:12], x[84+:12], x[56+:12], x[28+:12], x[0+:12]};
  wire        reads_carry = phase == PREFIX && carried_words == 3'd0 && !exhausted;
  wire        prefix_goes = phase == PREFIX && !reads_carry && left != 32'd0 && out_ready;

  // The lanes; the first one also decodes the prefix.
  wire [27:0] y [0:7];
  wire [7:0]  wants;
  wire [27:0] next [0:7];
  wire [3:0]  words = count_of(wants);
  wire [3:0]  ahead [0:7];                // of them, those of the lanes above: at most 7
  function [3:0] count_of(input [7:0] set);
    count_of = {3'd0, set[0]} + {3'd0, set[1]} + {3'd0, set[2]} + {3'd0, set[3]} + {3'd0, set[4]} + {3'd0, set[5]} +
               {3'd0, set[6]} + {3'd0, set[7]};
  endfunction
  genvar g;
  generate
    for (g = 0; g < 8; g = g + 1) begin : lanes
      wire        low;
      wire [27:0] from = g == 0 && phase == PREFIX ? one : x[28*g +: 28];
      lane_step step(.x(from), .buckets(buckets), .frequencies(frequencies), .symbol(out_symbols[6*g +: 6]), .y(y[g]),
                     .wants(low));
      assign wants[g] = low && active[g];
      // The highest lane is first. The first byte of a word, from behind, is its upper one.
      assign ahead[g] = count_of(wants & (8'hfe << g));
      wire [15:0] behind = window[16*ahead[g] +: 16];
      assign next[g] = !active[g] ? x[28*g +: 28] : wants[g] ? {y[g][11:0], behind[7:0], behind[15:8]} : y[g];
    end
  endgenerate
  wire        enough = {words, 1'b0} <= shown[4:0] || shown[5];
  wire        row_there = phase == ROWS && left != {21'd0, prefix} && (enough || whole);
  wire        row_goes = row_there && out_ready;
  wire [4:0]  words_taken = enough ? {words, 1'b0} : {shown[4:1], 1'b0};

  assign take = state_goes ? (bytes_wanted <= shown ? bytes_wanted[4:0] : shown[4:0]) : row_goes ? words_taken : 5'd0;
  assign out_valid = row_there || (phase == PREFIX && !reads_carry && left != 32'd0);
  assign out_at = phase == PREFIX ? last : base;
  assign out_lanes = phase == PREFIX ? 8'd1 : active;
  table_memory #(.ADDRESS(5), .WIDTH(224)) states(
      .clk(clk), .write(assembled || (row_goes && !single)), .write_at(assembled ? assembled_group : group),
      .write_data(assembled ? own_row : {next[7], next[6], next[5], next[4], next[3], next[2], next[1], next[0]}),
      .read_at(phase == CARRY || phase == PREFIX ? carried_group - {4'd0, reads_carry}
                                                 : row_goes ? (group - 5'd1) & last_group : group),
      .read_data(read));

  integer i;
  always @(posedge clk) begin
    assembled       <= state_goes && !single && lane[2:0] == 3'd7;
    assembled_group <= lane[7:3];
    for (i = 0; i < 8; i = i + 1)
      if (state_goes && lane[2:0] == i[2:0]) own[i] <= state;
      else if (row_goes) own[i] <= next[i];
    if (rst || start) begin
      phase  <= start ? STATES : IDLE;
      left   <= symbols;
      lane   <= 9'd0;
      offset <= 3'd0;
      done   <= 1'b0;
      good   <= 1'b0;
      bad    <= 1'b0;
      carried_words <= 3'd0;
      carried_group <= last_group;
      fresh     <= 1'b1;
      exhausted <= 1'b0;
    end else
      case (phase)
        STATES:
          if (state_goes) begin
            lane   <= lane + 9'd1;
            offset <= bits[2:0];
            if (bytes_wanted > shown) bad <= 1'b1;
            if (last_lane) phase <= single ? ROWS : WRITE;
          end
        WRITE: phase <= READ;
        READ:  phase <= ROWS;
        ROWS:
          if (row_goes || left == {21'd0, prefix}) begin
            if (row_goes) left <= ends ? {21'd0, prefix} : base;
            if (row_goes && !enough) bad <= 1'b1;
            if (!row_goes || ends) phase <= log_lanes < 4'd3 ? CHECK : single ? PREFIX : CARRY;
          end
        CARRY: phase <= PREFIX;
        PREFIX:
          if (reads_carry) begin
            one           <= fresh ? low_bits[91:64] : one;
            carried       <= fresh ? {low_bits[63:0], 32'd0} : low_bits;
            carried_words <= fresh ? 3'd4 : 3'd6;
            carried_group <= carried_group - 5'd1;
            exhausted     <= carried_group == 5'd0;
            fresh         <= 1'b0;
            if (fresh && low_bits[95:92] != 4'd0) bad <= 1'b1;
          end else if (left == 32'd0) phase <= CHECK;
          else if (prefix_goes) begin
            one  <= !(y[0][27:12] == 16'd0) ? y[0] : {y[0][11:0], carried_words == 3'd0 ? 16'd0 : carried[95:80]};
            left <= last;
            if (y[0][27:12] == 16'd0) begin
              carried       <= carried << 16;
              carried_words <= carried_words == 3'd0 ? 3'd0 : carried_words - 3'd1;
              if (carried_words == 3'd0) bad <= 1'b1;
            end
          end
        CHECK: begin
          done  <= 1'b1;
          good  <= !bad && whole && shown == 6'd0 && (log_lanes < 4'd3 ? few_low : one == LOWEST);
          phase <= IDLE;
        end
        default: ;
      endcase
  end
  // The states of 1, 2 or 4 lanes are back where they began.
  wire few_low = own[0] == LOWEST && (log_lanes == 4'd0 || own[1] == LOWEST) &&
                 (log_lanes <= 4'd1 || (own[2] == LOWEST && own[3] == LOWEST));
  wire unused = &{1'b0, lane[8]};
endmodule
