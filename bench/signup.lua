-- Posts the button of the sign-up form: each time another address, from another network. Writes down the
-- addresses that were answered. Arguments: what goes before the address, the file, the round.

local number = 0
local before, round, answered

function init(args)
   before = args[1]
   answered = io.open(args[2], "w")
   round = args[3]
end

function request()
   number = number + 1
   local network = string.format("10.%d.%d.%d", number / 65536 % 256, number / 256 % 256, number % 256)
   local headers = {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["X-Forwarded-For"] = network,
   }
   local body = string.format("%s&address=r%d.%s%%40bench.example", before, number, round)
   return wrk.format("POST", nil, headers, body)
end

function response(status, _headers, body)
   if status == 200 then
      answered:write(string.match(body, "[%w.]+@bench.example"), "\n")
   end
end
