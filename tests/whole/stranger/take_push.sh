# One push, as HTTP on standard input and output: checks its signature and adds it to the list.
# HOOK_HOME holds keys (the key pair, as variables) and pushes.
cr=$(printf '\r')
. "$HOOK_HOME/keys"
attribute() { # NAME: its value, in $value
    value=${token#*"$1=\""}
    [ "$value" != "$token" ] || value=
    value=${value%%'"'*}
}

read -r _method target _version
length=0 token='' scheme=''
while read -r line; do
    line=${line%"$cr"}
    [ -n "$line" ] || break
    value=${line#*: }
    case $line in
        [Cc]ontent-[Ll]ength:*) length=$value ;;
        [Aa]uthorization:*) scheme=$value ;;
        [Xx]-[Aa][Kk][Ss][Kk]:*) token=$value ;;
    esac
done
body=$(head -c "$length")

attribute Nonce; nonce=$value
attribute Created; created=$value
attribute Username; user=$value
attribute PasswordDigest; given=$value
digest=$(printf %s "$nonce$created" |
    openssl dgst -sha256 -hmac "$secret" -binary | openssl base64)
valid=false
[ "$scheme" = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"' ] &&
    [ "$user" = "$key" ] && [ "$given" = "$digest" ] && valid=true

printf %s "$body" | jq -c --arg path "$target" --argjson valid "$valid" \
    '{$path, $valid, body: .}' >>"$HOOK_HOME/pushes"
printf 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
