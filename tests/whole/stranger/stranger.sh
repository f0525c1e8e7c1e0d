#!/bin/sh
# Somebody with sh, curl, openssl, jq and socat does what README.md says, and believes what he sees.
#
#   stranger.sh README SIMVEIL FOLDER API CONTROL HOOK
#
# SIMVEIL is the command, FOLDER empty, the others are free TCP ports. Every step that was seen in
# full is a line on standard output; the exit status is 0 only after the last.
set -eu

readme=$1 simveil=$2 home=$3 api=$4 control=$5 hook=$6
here=$(cd "$(dirname "$0")" && pwd)
speed=20
patience=90 # seconds for anything that has to come true

X=+8617000000001 SECOND=+8617000000002
A=+8613900000001 B=+8613900000002
bank=http://127.0.0.1:$control
path=/rest/caas/relationnumber/partners/v1.0
verse=车已到东门请走地下通道出来左转第三个路口我穿蓝色外套撑黑伞
text=$(jq -nr --arg verse "$verse" '($verse * 5)[:140]')
reply='收到，五分钟后到。Thanks! 👍'

die() { echo "stranger: $*" >&2; exit 1; }
seen() { echo "$1"; }

# --- processes: what was started here is ended here ------------------------------------------------

started=
finish() {
    status=$?
    trap - EXIT
    for pid in $started; do kill "$pid" 2>/dev/null || :; done
    for pid in $started; do wait "$pid" 2>/dev/null || :; done
    exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

# --- waiting: until something is true, looking again whenever the bank has news ---------------------

next=0
news() {
    next=$(curl -sf "$bank/events?since=$next&timeout=0.5" | jq .next) || next=0
}
await() {
    what=$1
    shift
    end=$(($(date +%s) + patience))
    until "$@"; do
        [ "$(date +%s)" -lt "$end" ] || die "no $what within $patience s"
        news
    done
}

# --- the owner's command line ----------------------------------------------------------------------

owner() { "$simveil" "$@" --config box.toml --json; }
lines_ready() {
    [ "$(owner line list 2>/dev/null |
        jq 'length == 2 and all(.[]; .state == "ready" and .call == null)')" = true ]
}

# --- people ----------------------------------------------------------------------------------------

at() { echo "$bank/phones/%2B${1#+}"; }
press() { # PHONE ACTION [JSON]
    curl -sf -H 'Content-Type: application/json' -d "${3:-{\}}" "$(at "$1")/$2" >/dev/null ||
        die "$1 cannot $2"
}
phone() { # PHONE FILTER [JQ OPTIONS]
    who=$1 filter=$2
    shift 2
    curl -sf "$(at "$who")" | jq -e "$@" "$filter" >/dev/null
}
is() { phone "$1" '.state == $state' --arg state "$2"; }
shows() { phone "$1" '.state == "ringing" and .shown == $shown' --arg shown "$2"; }
got() { phone "$1" 'any(.inbox[]; .from == $from and .text == $text)' --arg from "$2" --arg text "$3"; }

# Of what a phone heard: how many tenths of a second are a tone of so many hertz, and loud.
tenths() { # PHONE HERTZ
    curl -sf "$(at "$1")/heard.wav" | tail -c +45 | od -An -v -td2 | awk -v hertz="$2" '
        { for (i = 1; i <= NF; i++) {
            energy += $i * $i; crossings += ($i < 0) != (last < 0); last = $i
            if (++samples == 800) {
                wanted = hertz / 5
                if (sqrt(energy / 800) > 500 && crossings > wanted * 0.95 && crossings < wanted * 1.05)
                    found++
                energy = crossings = samples = 0
            }
        } }
        END { print found + 0 }'
}
hears() { [ "$(tenths "$1" "$2")" -ge "$3" ]; } # PHONE HERTZ TENTHS

# --- the application: what it asks, signed, and what it is told -------------------------------------

ask() { # METHOD QUERY [BODY]
    nonce=$(openssl rand -hex 16)
    created=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    digest=$(printf %s "$nonce$created" | openssl dgst -sha256 -hmac "$secret" -binary | openssl base64)
    curl -s -X "$1" "http://127.0.0.1:$api$path$2" ${3:+-d "$3"} \
        -H 'Content-Type: application/json;charset=UTF-8' \
        -H 'Authorization: AKSK realm="SDP",profile="UsernameToken",type="Appkey"' \
        -H "X-AKSK: UsernameToken Username=\"$key\",PasswordDigest=\"$digest\",Nonce=\"$nonce\",Created=\"$created\""
}
succeeded() { jq -e '.resultcode == "0"' >/dev/null; }

mark=0
told() { tail -n "+$((mark + 1))" pushes | jq -s -e "$@" >/dev/null; }
since() { mark=$(wc -l <pushes); }
event() { told --arg kind "$1" 'any(.[]; .body.eventType == $kind)'; }
records() { # CALLER CALLEE: the events and the record of one call, complete, in order, signed
    told --arg caller "$1" --arg callee "$2" --arg x "$X" --arg id "$id" '
        map(select(.path == "/status").body) as $events
        | [.[] | select(.path == "/cdr").body.feeLst[]] as $fees
        | all(.[]; .valid)
        and ($events | map(.eventType)) == ["callin", "callout", "alerting", "answer", "disconnect"]
        and ($events[-1].statusInfo.stateCode == 0)
        and ($fees | length) == 1
        and ($events | map(.statusInfo.sessionId) | unique) == [$fees[0].sessionId]
        and ($fees[0] | [.callerNum, .fwdDstNum, .bindNum, .subscriptionId])
            == [$caller, $callee, $x, $id]
        and ($fees[0] | has("fwdAnswerTime"))'
}

# --- a call ----------------------------------------------------------------------------------------

talk() { # TENTHS: each speaks in his own tone until the other has heard as much, and him alone
    await "answer event" event answer
    press "$A" say '{"tone": 700, "seconds": 60}'
    press "$B" say '{"tone": 1000, "seconds": 60}'
    await "700 Hz at B" hears "$B" 700 "$1"
    await "1000 Hz at A" hears "$A" 1000 "$1"
    [ "$(tenths "$A" 700)" = 0 ] || die "A hears himself"
    [ "$(tenths "$B" 1000)" = 0 ] || die "B hears himself"
}
hang_up() { # WHO OTHER
    press "$1" hangup
    await "end of the call at $2" is "$2" idle
    await "end of the call at $1" is "$1" idle
    await "free lines" lines_ready
}

# --- the story -------------------------------------------------------------------------------------

cd "$home"
sed -n '/^```toml$/,/^```$/p' "$readme" | sed -e '/^```/d' -e "s#/tmp/simveil#$home/box#" \
    -e "s#:8080#:$api#" -e "s#:7700#:$control#" -e "s#^speed = .*#speed = $speed#" >box.toml
"$simveil" check-config box.toml >/dev/null
"$simveil" bank --config box.toml >bank.log 2>&1 &
started="$started $!"
"$simveil" serve --config box.toml >serve.log 2>&1 &
started="$started $!"
: >pushes
HOOK_HOME=$home TAKE=$here/take_push.sh
export HOOK_HOME TAKE
socat "TCP-LISTEN:$hook,bind=127.0.0.1,fork,reuseaddr,backlog=64" 'SYSTEM:sh "$TAKE"' 2>hook.log &
started="$started $!"
curl -s --retry 60 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$api/" >/dev/null
await "ready lines" lines_ready
seen start

hooks=http://127.0.0.1:$hook
owner app add shop --mode AXB --sms --record --prompt recording-notice= \
    --status-url "$hooks/status" --cdr-url "$hooks/cdr" --sms-url "$hooks/sms" >app.json
jq -r '"key=\(.appKey) secret=\(.appSecret)"' app.json >keys
. ./keys
owner number enrol "$X" --app shop --sms >/dev/null
owner number enrol "$SECOND" --trunk >/dev/null
for who in "$A" "$B"; do curl -sf -X POST "$(at "$who")" >/dev/null; done

# The README's own lines, but for the key pair and the port.
sed -n '/^key=… secret=…/,/^```$/p' "$readme" |
    sed -e '1d' -e '/^```/d' -e "s#:8080#:$api#" >bind.sh
bound=$(key=$key secret=$secret sh bind.sh)
echo "$bound" | succeeded || die "bind: $bound"
id=$(echo "$bound" | jq -r .subscriptionId)
ask GET "?subscriptionId=$id" | jq -e '.relationNumList | length == 1' >/dev/null || die "no binding"
seen bind

press "$A" dial "{\"to\":\"$X\"}"
await "ringing phone that shows X" shows "$B" "$X"
press "$B" answer
talk 10
hang_up "$B" "$A"
await "events and record" records "$A" "$B"
seen conference

ask PUT '' "{\"subscriptionId\":\"$id\",\"recordFlag\":\"true\"}" | succeeded || die "modify"
since
press "$A" dial "{\"to\":\"$X\"}"
await "ringing phone that shows the second line" shows "$B" "$SECOND"
press "$B" answer
talk 30 # of what is shorter than 3 s no recording is kept
hang_up "$A" "$B"
await "events and record" records "$A" "$B"
told 'any(.[]; .body.feeLst[0].recordFlag? == 1)' || die "the call was not recorded"
seen bridge

since
press "$B" dial "{\"to\":\"$SECOND\"}"
await "ringing phone" is "$A" ringing
press "$A" answer
talk 10
hang_up "$A" "$B"
await "events and record" records "$B" "$A"
seen call-back

since
[ "$(printf %s "$text" | jq -Rrs length)" = 140 ] || die "the text has not 140 characters"
press "$A" sms "$(jq -n --arg to "$X" --arg text "$text" '{$to, $text}')"
await "text at B" got "$B" "$X" "$text"
press "$B" sms "$(jq -n --arg to "$X" --arg text "$reply" '{$to, $text}')"
await "text at A" got "$A" "$X" "$reply"
await "two notices" told --arg a "$A" --arg b "$B" --arg text "$text" '
    all(.[]; .valid) and (map(.body.smsEvent | select(. != null)) as $texts
    | ($texts | map([.calling, .called, .sendResult]) | sort) == [[$a, $b, 0], [$b, $a, 0]]
    and any($texts[]; .smsContent == $text))'
seen texts

ask DELETE "?subscriptionId=$id" | succeeded || die "unbind"
since
press "$A" dial "{\"to\":\"$X\"}"
await "refusal" told 'any(.[]; .valid and .body.eventType == "disconnect"
    and .body.statusInfo.stateCode == 8014)'
await "end of the call" is "$A" idle
seen unbind
