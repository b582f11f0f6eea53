package huawei

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"
)

// The key is the one behind two genuine messages of cn-north-4, recovered from
// their signatures. It shows which algorithm SMN uses; it is no trust anchor.
const genuineModulus = "eba73ac9e7712a79dd43f8c5eb6b038b478918fa92576b9b2c7981807fcdb19b95fc070ef87b3f0f7adf78aad32d59c1f134c95bbb98d030740028d6eed796f3be64b26406c3a3836054fc10fb55fb1557b609e75bb8ebb1b40fb53c433f2022ab136d4d624f7928c8db943e629ef49d1b84a751f30cbac6e44e5a1ff911cd32da7dbc16a2035cff75b9d91882b5e16ac99e8cbc31e2c69115a565ea73c430e396cab143b54e5b2968fcc1953085102e21e515c6ee134712eefb3cae5e4d58e261b54420e921fe57b200de8ad32b4ecadd8eec44b204530c2565e96544a23cc1bff01c70ba01adb1c56be3e9a69f3f443bc386e42bc62ce9f8ae334ae9d08ae9"

func TestGenuineSignatures(t *testing.T) {
	t.Parallel()
	modulus, ok := new(big.Int).SetString(genuineModulus, 16)
	if !ok {
		t.Fatal("the modulus is not hexadecimal")
	}
	key := &rsa.PublicKey{N: modulus, E: 65537}
	for name, test := range map[string]struct{ sum, signature string }{
		"Notification": {
			"1086903bab17eb7a4c8c668d364171d769701043d51151251b16168207074230",
			"Igs0bBhzw0JGmlgBH+9ejw2xWfPTXjAatAEsKDkkWcC5bZ/jveckdRZdgp/S0JER9eiJfMF427YDABufIN0sv/vBRXaRQKfRBLTJYbSTl+AQpEbIW5yUfJSRLEG3HNEhUDjASolbrW7zdPCoGkkqjifE23FCvw+4tewMzqmHnfJHcFBq3W89CJzdPBjwO1UcY9C39moUZgqZk+qDVLpxb4bHSrEYAwPOSrOPR7TZpETJ30UOgFYajJydQk692edfs0NeVutHoQiOJ5/YC83ULHft0aXhichjtfZE4KF69nROAKez0ubk3lEy/mBIM9Ylbxn5b84OIrzzZQrIWe8Syw==",
		},
		"SubscriptionConfirmation": {
			"eed08ecf267e4db98b9f55f1ae9cc977b90b1264e16a9dd01d6e3fe5c8d1533c",
			"ottf37C/2RdDgqimRQMIBU6i7XjUfPPMU760jJn71wwP3825YPoIT22uw2A9399rkm9Jrt1qUEFrDLuA5yHFLd5n/XoM4FghIgyFn7VIfgpuVM31a+co78sYBiZ1egOCE/AwFm2oygRhfIceUj9Kw9vmc06el9TXY6RtE5tAEF6qEmICtTh45KwtCO/WRs3DY72dQi5hm0w7/tktS4WFZ1iP4LHt5eCwFvnH0u29Y96cJNI0fLUQxI5MkhgjK77JkFK7UT6ZYJZhzgSp/B7OQGStOQx+3Duvx4T4CzccZQM3sca81Z0B0GFGWeVXuEHyCPLsayY/Iz+5Tco51elT8w==",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum [sha256.Size]byte
			if _, err := hex.Decode(sum[:], []byte(test.sum)); err != nil {
				t.Fatal(err)
			}
			signature, err := base64.StdEncoding.DecodeString(test.signature)
			if err != nil {
				t.Fatal(err)
			}
			if !fits(key, sum, signature) {
				t.Error("a genuine signature is refused")
			}
			sum[0] ^= 1
			if fits(key, sum, signature) {
				t.Error("the signature fits another text")
			}
		})
	}
}

func TestStringsToSign(t *testing.T) {
	t.Parallel()
	const common = `"topic_urn":"urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events","timestamp":"2024-01-02T03:04:05Z",
		"signature_version":"v1","signature":"AAAA","signing_cert_url":"https://smn.cn-north-4.myhuaweicloud.com/smn/x.pem",`
	const notification = `{` + common + `"type":"Notification","message_id":"00000000000000000000000000000001",
		"message":"{\"event_type\":\"transcodeComplete\",\"transcode_info\":{\"asset_id\":\"14d7b2faba0dddd6b4e8936272d6bc3f\",\"status\":\"SUCCEED\",\"output\":[]}}"`
	const confirmation = `{` + common + `"message_id":"00000000000000000000000000000002","message":"please confirm",
		"subscribe_url":"https://console.huaweicloud.com/smn/subscription/confirm?token=t0&topic_urn=urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events&region=cn-north-4"`
	omitted := vector{305, "f7a25d1f344d62fb682f0ed47eaf63f66ae595a8360dcb493eec20095e99e135"}
	empty := vector{314, "d9629e9c861665a7a9320a7aaa50151812732163c76d188931c555437badd0c4"}
	for name, test := range map[string]struct {
		body string
		want []vector
	}{
		"with a subject": {
			notification + `,"subject":"VOD 事件"}`,
			[]vector{{324, "3fb40aa6d9e0e1966f31e46142f7c4a3c8bd8d850634ce84271600ec5da36942"}},
		},
		"without a subject":     {notification + `}`, []vector{omitted, empty}},
		"with an empty subject": {notification + `,"subject":""}`, []vector{omitted, empty}},
		"with null for one":     {notification + `,"subject":null}`, []vector{omitted, empty}},
		"a subscription": {
			confirmation + `,"type":"SubscriptionConfirmation"}`,
			[]vector{{372, "7df73e7f25949868fb695670b3576e5f40f310d10da923aca2df21865971ce19"}},
		},
		"a subscription takes no subject": {
			confirmation + `,"type":"SubscriptionConfirmation","subject":"s"}`,
			[]vector{{372, "7df73e7f25949868fb695670b3576e5f40f310d10da923aca2df21865971ce19"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := readObject([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			e, err := readEnvelope(o)
			if err != nil {
				t.Fatal(err)
			}
			var got []vector
			for _, text := range e.stringsToSign() {
				sum := sha256.Sum256([]byte(text))
				got = append(got, vector{len(text), hex.EncodeToString(sum[:])})
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("texts to sign %v, want %v", got, test.want)
			}
		})
	}
}

// vector is the length and SHA-256 of a text to sign.
type vector struct {
	bytes int
	sum   string
}
