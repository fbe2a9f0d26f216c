// @ts-check
/** The emoji to choose from. A line is one: the picture, and the words it is found by. */

import { gettext, language } from "../helpers/page.js";

/** The same lines in other languages. @type {Record<string, (() => Promise<{ lines: string }>) | undefined>} */
const translated = { hu: () => import("./emoji-hu.js") };

/** @param {string} lines */
const split = (lines) => lines.trim().split("\n").map((line) => line.trim().split(/ (.*)/));

const words = new Map(split((await translated[language ?? ""]?.())?.lines ?? "").map(([emoji, words]) => [emoji, words]));

/** @param {string} name @param {string} lines */
function group(name, lines) {
  return { name, emoji: split(lines).map(([emoji, english]) => [emoji, words.get(emoji) ?? english]) };
}

/** @type {{ name: string, emoji: string[][] }[]} */
export const groups = [
  group(
    gettext("Faces"),
    `😀 grinning face happy
    😄 smiling face laugh happy
    😅 smiling face with sweat phew
    😂 tears of joy laugh lol
    🤣 rolling on the floor laugh rofl
    🙂 slight smile
    🙃 upside down smile irony
    😉 wink
    😊 blush smile happy
    😇 halo angel innocent
    🥰 smile with hearts love
    😍 heart eyes love
    😘 kiss love
    😋 yum tasty
    😜 wink tongue joke
    🤪 zany crazy
    🤗 hug
    🤭 hand over mouth oops
    🤫 quiet shush secret
    🤔 thinking hmm
    🫡 salute yes
    🤐 zipper mouth secret
    😐 neutral meh
    😏 smirk
    🙄 rolling eyes
    😬 grimace awkward
    😌 relieved calm
    😴 sleeping tired
    😷 mask ill
    🤒 thermometer ill fever
    🤯 exploding head mind blown
    🥳 party celebrate
    😎 sunglasses cool
    🤓 nerd glasses
    🧐 monocle inspect
    😕 confused
    😟 worried
    🙁 frown sad
    😮 surprised wow
    😳 flushed embarrassed
    🥺 pleading please
    😢 crying sad tear
    😭 sobbing crying sad
    😱 scream fear
    😓 sweat tired
    😩 weary tired
    🥱 yawn bored tired
    😤 huff triumph
    😡 angry
    🤬 swearing angry
    💀 skull dead
    🤖 robot bot`,
  ),
  group(
    gettext("People and hands"),
    `👍 thumbs up yes good like
    👎 thumbs down no bad
    👌 ok hand perfect
    🤌 pinched fingers
    ✌️ victory peace
    🤞 crossed fingers luck
    🤙 call me
    👈 point left
    👉 point right
    👆 point up
    👇 point down
    ☝️ index up one
    ✋ raised hand stop
    👋 wave hello bye
    👏 clap applause bravo
    🙌 raised hands hooray
    🤝 handshake deal agreed
    🙏 folded hands please thanks
    ✍️ writing hand
    💪 muscle strong
    🤷 shrug do not know
    🤦 facepalm
    🙋 raising hand question
    🙇 bow sorry
    🏃 running late
    👀 eyes look
    🧠 brain
    👤 person
    👥 people team
    ❤️ red heart love
    🧡 orange heart
    💛 yellow heart
    💚 green heart
    💙 blue heart
    💜 purple heart
    🖤 black heart
    💔 broken heart
    💯 hundred perfect`,
  ),
  group(
    gettext("Nature and weather"),
    `🐶 dog
    🐱 cat
    🦊 fox
    🐻 bear
    🐼 panda
    🐸 frog
    🐵 monkey
    🙈 see no evil monkey
    🦄 unicorn
    🐝 bee
    🐛 bug
    🦋 butterfly
    🐢 turtle slow
    🐌 snail slow
    🐟 fish
    🌱 seedling plant
    🌻 sunflower flower
    🌹 rose flower
    💐 bouquet flowers
    🍀 clover luck
    🌳 tree
    🍂 leaves autumn
    ☀️ sun weather
    ⛅ cloud sun weather
    🌧️ rain weather
    ⛈️ thunderstorm weather
    ❄️ snow cold winter
    🌈 rainbow
    🌙 moon night
    ⭐ star
    🔥 fire hot
    💧 drop water
    🌍 earth world globe`,
  ),
  group(
    gettext("Food and drink"),
    `☕ coffee tea hot
    🍵 tea
    🍺 beer
    🍻 cheers beer
    🥂 cheers champagne toast
    🍷 wine
    💦 splash water
    🍎 apple
    🍌 banana
    🍓 strawberry
    🍋 lemon
    🥑 avocado
    🥐 croissant breakfast
    🍞 bread
    🧀 cheese
    🍔 burger
    🍕 pizza
    🍝 pasta spaghetti
    🍣 sushi
    🥗 salad
    🍦 ice cream
    🍪 cookie biscuit
    🍫 chocolate
    🍰 cake slice
    🎂 birthday cake`,
  ),
  group(
    gettext("Work and leisure"),
    `🎉 party popper tada celebrate
    🎁 gift present
    🏆 trophy win
    🥇 gold medal first win
    🎯 target goal
    🎮 game
    🎵 music note
    🎬 film movie
    🎨 art paint
    ⚽ football soccer
    🏀 basketball
    🎾 tennis
    🚴 cycling bike
    🚗 car
    🚌 bus
    🚆 train
    ✈️ plane flight travel
    🚀 rocket launch ship
    🏠 house home
    🏢 office building
    🏖️ beach holiday vacation
    ⛰️ mountain
    💻 laptop computer
    🖥️ desktop computer
    📱 phone mobile
    📞 telephone call
    📧 e-mail mail
    📅 calendar date
    📌 pin
    📎 paperclip attachment
    📄 page document
    📁 folder
    📊 chart bar
    📈 chart up growth
    📉 chart down
    ✏️ pencil edit
    📝 memo note
    🔍 search find magnifier
    🔒 locked secure
    🔑 key
    🔧 wrench tool fix
    🛠️ tools hammer wrench
    ⚙️ gear settings
    💡 bulb idea light
    💰 money bag
    ⏰ alarm clock time
    ⏳ hourglass wait time
    🔔 bell
    📣 megaphone announce
    🗑️ bin trash delete`,
  ),
  group(
    gettext("Signs"),
    `✅ check done yes
    ❌ cross no wrong
    ❗ exclamation important
    ❓ question
    ⚠️ warning
    ⛔ no entry stop
    🚫 forbidden no
    ➕ plus add
    ➖ minus
    ➡️ right arrow
    ⬅️ left arrow
    ⬆️ up arrow
    ⬇️ down arrow
    🔄 refresh again
    🆕 new
    🆗 ok
    🔴 red circle
    🟡 yellow circle
    🟢 green circle
    🔵 blue circle
    ✨ sparkles
    💤 sleep zzz
    💬 speech balloon chat
    🏁 finish flag done
    1️⃣ one
    2️⃣ two
    3️⃣ three`,
  ),
];
