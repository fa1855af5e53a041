%% SPDX-License-Identifier: GPL-3.0-or-later

%% Processes of the Erlang VM: cheap, preempted after some thousand calls, and
%% spread over the CPUs.  They send messages; what they share are tables of ets.
-module(processes).
-export([main/0]).

models() ->
    [{"counter/process", "exact", counter(fun process/2)},
     {"counter/ets", "may-lose", counter(fun ets_unguarded/2)},
     {"counter/ets-yield", "may-lose", counter(fun ets_yield/2)},
     {"counter/ets-counter", "exact", counter(fun ets_counter/2)},
     {"download/process", "exact", fun download/1},
     {"titles/process", "exact", fun titles/1},
     {"bulk/process", "exact", fun bulk/1}].

%% The count belongs to a process; calls wait for its answer.
process(Tasks, Increments) ->
    {Owner, Monitor} = spawn_monitor(fun() -> own(0) end),
    together(lists:seq(1, Tasks), fun(_) ->
        repeat(Increments, fun() ->
            Owner ! {increment, self()},
            receive {Owner, ok} -> ok end
        end)
    end),
    Owner ! stop,
    receive {'DOWN', Monitor, process, Owner, {value, Count}} -> Count end.

own(Count) ->
    receive
        {increment, From} -> From ! {self(), ok}, own(Count + 1);
        stop -> exit({value, Count})
    end.

ets_unguarded(Tasks, Increments) ->
    in_table(Tasks, Increments, fun(Table) ->
        [{count, Old}] = ets:lookup(Table, count),
        ets:insert(Table, {count, Old + 1})
    end).

ets_yield(Tasks, Increments) ->
    in_table(Tasks, Increments, fun(Table) ->
        [{count, Old}] = ets:lookup(Table, count),
        erlang:yield(),
        ets:insert(Table, {count, Old + 1})
    end).

ets_counter(Tasks, Increments) ->
    in_table(Tasks, Increments,
             fun(Table) -> ets:update_counter(Table, count, 1) end).

in_table(Tasks, Increments, Increment) ->
    Table = ets:new(count, [public]),
    ets:insert(Table, {count, 0}),
    together(lists:seq(1, Tasks), fun(_) ->
        repeat(Increments, fun() -> Increment(Table) end)
    end),
    [{count, Count}] = ets:lookup(Table, count),
    ets:delete(Table),
    Count.

repeat(0, _) -> ok;
repeat(N, F) -> F(), repeat(N - 1, F).

counter(Count) ->
    fun({Tasks, Increments, Repetitions, _}) ->
        [Count(Tasks, Increments) || _ <- lists:seq(1, Repetitions)]
    end.

%% A process for each: its exit reason carries the result.
together(List, F) ->
    Started = [spawn_monitor(fun() -> exit({value, F(X)}) end) || X <- List],
    [receive
         {'DOWN', Monitor, process, Pid, {value, Value}} -> Value;
         {'DOWN', Monitor, process, Pid, Reason} -> error(Reason)
     end || {Pid, Monitor} <- Started].

%% Each repetition's N things together; the results are in order.
fetch_all({N, _, Repetitions, Url}, F) ->
    lists:append([together([Url ++ integer_to_list(R * N + I)
                            || I <- lists:seq(0, N - 1)], F)
                  || R <- lists:seq(0, Repetitions - 1)]).

page(Url) ->
    {ok, {{_, 200, _}, _, Body}} =
        httpc:request(get, once(Url), [], [{body_format, binary}]),
    Body.

%% httpc sends requests again that wait on a kept connection when it closes.
once(Url) -> {Url, [{"connection", "close"}]}.

download(Request) ->
    [lists:sum(fetch_all(Request, fun(Url) -> number(page(Url)) end))].

number(Text) ->
    binary_to_integer(lists:last(binary:split(Text, <<" ">>, [global]))).

%% A file comes in parts, which are not kept: each is asked for.
bulk(Request) ->
    {Numbers, Bytes} = lists:unzip(fetch_all(Request, fun(Url) ->
        {ok, Id} = httpc:request(get, once(Url), [],
                                 [{sync, false}, {stream, {self, once}}]),
        receive
            {http, {Id, stream_start, _, Client}} -> read(Id, Client, 0, <<>>);
            {http, {Id, Other}} -> error(Other)
        end
    end)),
    [lists:sum(Numbers), lists:sum(Bytes)].

read(Id, Client, Bytes, End) ->
    httpc:stream_next(Client),
    receive
        {http, {Id, stream, Part}} ->
            Ending = last(<<End/binary, Part/binary>>),
            read(Id, Client, Bytes + byte_size(Part), Ending);
        {http, {Id, stream_end, _}} -> {number(End), Bytes};
        {http, {Id, {error, Reason}}} -> error(Reason)
    end.

last(Text) ->
    Size = min(20, byte_size(Text)),
    binary:copy(binary:part(Text, byte_size(Text), -Size)).

titles(Request) ->
    fetch_all(Request, fun(Blog) ->
        {_, Attributes, _} = first([<<"h3">>, <<"a">>], Blog),
        Link = proplists:get_value(<<"href">>, Attributes),
        Article = uri_string:resolve(binary_to_list(Link), Blog),
        {_, _, Title} = first([<<"title">>], Article),
        string:trim(Title)
    end).

%% The first element with the last name of the path, in ones with those before.
first(Path, Url) ->
    find(Path, mochiweb_html:parse(page(Url))).

find([Name], {Name, _, _} = Element) -> Element;
find([Name | Path], {Name, _, Children}) -> find_in(Path, Children);
find(Path, {_, _, Children}) -> find_in(Path, Children);
find(_, _) -> none.

find_in(_, []) -> none;
find_in(Path, [Child | Others]) ->
    case find(Path, Child) of
        none -> find_in(Path, Others);
        Element -> Element
    end.

main() ->
    logger:set_primary_config(level, none), % it writes to standard output
    io:setopts(standard_io, [binary, {encoding, unicode}]),
    {ok, _} = application:ensure_all_started(inets),
    Names = [[Name, ":", Kind] || {Name, Kind, _} <- models()],
    io:format("READY\t1\tErlang/OTP ~s\t~s~n",
              [erlang:system_info(otp_release), lists:join(",", Names)]),
    serve(),
    init:stop().

serve() ->
    case io:get_line("") of
        Line when is_binary(Line) ->
            [Id | Fields] = string:split(string:chomp(Line), "\t", all),
            io:put_chars([lists:join("\t", [Id | answer(Fields)]), $\n]),
            serve();
        _ -> ok
    end.

answer(Fields) ->
    %% In a process of its own: one that fails takes only itself down.
    try together([Fields], fun request/1) of
        [Answer] -> Answer
    catch
        error:Reason ->
            Text = io_lib:format("~0tp", [why(Reason)]),
            ["ERR", re:replace(Text, "\\s+", " ", [global, unicode])]
    end.

why({Reason, [Call | _]}) when tuple_size(Call) =:= 4 -> why(Reason);
why(Reason) -> Reason.

request([Workload, Model | Fields]) ->
    Name = unicode:characters_to_list([Workload, $/, Model]),
    {_, _, Work} = lists:keyfind(Name, 1, models()),
    {Numbers, [Url]} = lists:split(3, Fields),
    [N, Increments, Repetitions] = [binary_to_integer(F) || F <- Numbers],
    Start = erlang:monotonic_time(nanosecond),
    Results = Work({N, Increments, Repetitions, binary_to_list(Url)}),
    Elapsed = erlang:monotonic_time(nanosecond) - Start,
    ["OK", integer_to_list(Elapsed) | [field(R) || R <- Results]].

field(Number) when is_integer(Number) -> integer_to_list(Number);
field(Text) -> Text.
