// @ts-check
/** The emoji of emoji.js with the Hungarian words that they are found by. */

export const lines = `😀 vigyorgó arc boldog
    😄 nevető arc mosoly boldog
    😅 verejtékező mosoly huh
    😂 könnyesre nevetés
    🤣 hahotázó gurul a nevetéstől
    🙂 halvány mosoly
    🙃 fejjel lefelé mosoly irónia
    😉 kacsintás
    😊 piruló mosoly boldog
    😇 glória angyal ártatlan
    🥰 szívecskés mosoly szeretet
    😍 szívecskeszemű szerelmes
    😘 csók puszi
    😋 nyami finom
    😜 nyelvnyújtás kacsintás tréfa
    🤪 bolondos őrült
    🤗 ölelés
    🤭 száj elé tett kéz hoppá
    🤫 csend pszt titok
    🤔 gondolkodó hm
    🫡 tisztelgés igenis
    🤐 cipzáras száj titok
    😐 semleges közömbös
    😏 önelégült mosoly
    🙄 szemforgatás
    😬 grimasz kínos
    😌 megkönnyebbült nyugodt
    😴 alvó fáradt álmos
    😷 maszk beteg
    🤒 lázmérő beteg láz
    🤯 felrobbanó fej döbbenet
    🥳 buli ünneplés
    😎 napszemüveg menő
    🤓 kocka szemüveg stréber
    🧐 monokli vizsgálódás
    😕 zavart tanácstalan
    😟 aggódó
    🙁 szomorú lefelé görbülő száj
    😮 meglepett hű
    😳 elpirult zavarban
    🥺 könyörgő kérlek
    😢 síró szomorú könny
    😭 zokogás sírás szomorú
    😱 sikoltó rémült
    😓 verejték fáradt
    😩 kimerült fáradt
    🥱 ásítás unalom álmos
    😤 diadalmas fújtató
    😡 dühös mérges
    🤬 káromkodó dühös
    💀 koponya halott
    🤖 robot bot
    👍 felfelé hüvelykujj igen jó tetszik
    👎 lefelé hüvelykujj nem rossz
    👌 rendben kéz tökéletes
    🤌 összecsippentett ujjak
    ✌️ győzelem béke
    🤞 keresztbe tett ujjak szerencse
    🤙 hívj fel
    👈 balra mutató ujj
    👉 jobbra mutató ujj
    👆 felfelé mutató ujj
    👇 lefelé mutató ujj
    ☝️ mutatóujj fel egy
    ✋ felemelt kéz állj
    👋 integetés szia
    👏 taps bravó
    🙌 magasba emelt kezek hurrá
    🤝 kézfogás megegyezés
    🙏 összetett kezek kérlek köszönöm
    ✍️ író kéz
    💪 izom erős
    🤷 vállvonás nem tudom
    🤦 homlokra csapás
    🙋 jelentkezés kérdés
    🙇 meghajlás bocsánat
    🏃 futás késés
    👀 szemek nézd
    🧠 agy
    👤 személy ember
    👥 emberek csapat
    ❤️ piros szív szeretet
    🧡 narancssárga szív
    💛 sárga szív
    💚 zöld szív
    💙 kék szív
    💜 lila szív
    🖤 fekete szív
    💔 összetört szív
    💯 száz tökéletes
    🐶 kutya
    🐱 macska
    🦊 róka
    🐻 medve
    🐼 panda
    🐸 béka
    🐵 majom
    🙈 nem lát majom
    🦄 unikornis egyszarvú
    🐝 méh
    🐛 hernyó bogár
    🦋 pillangó lepke
    🐢 teknős lassú
    🐌 csiga lassú
    🐟 hal
    🌱 palánta növény
    🌻 napraforgó virág
    🌹 rózsa virág
    💐 csokor virágok
    🍀 lóhere szerencse
    🌳 fa
    🍂 levelek ősz
    ☀️ nap időjárás
    ⛅ felhő nap időjárás
    🌧️ eső időjárás
    ⛈️ zivatar vihar időjárás
    ❄️ hó hideg tél
    🌈 szivárvány
    🌙 hold éjszaka
    ⭐ csillag
    🔥 tűz forró
    💧 csepp víz
    🌍 föld világ földgömb
    ☕ kávé tea forró
    🍵 tea
    🍺 sör
    🍻 egészségedre sör
    🥂 koccintás pezsgő
    🍷 bor
    💦 fröccsenő víz
    🍎 alma
    🍌 banán
    🍓 eper
    🍋 citrom
    🥑 avokádó
    🥐 croissant reggeli
    🍞 kenyér
    🧀 sajt
    🍔 hamburger
    🍕 pizza
    🍝 tészta spagetti
    🍣 szusi
    🥗 saláta
    🍦 fagylalt fagyi
    🍪 keksz süti
    🍫 csokoládé csoki
    🍰 torta szelet
    🎂 születésnap torta
    🎉 buli konfetti ünneplés
    🎁 ajándék
    🏆 kupa győzelem
    🥇 arany érem első győzelem
    🎯 cél céltábla
    🎮 játék
    🎵 zene hangjegy
    🎬 film mozi
    🎨 művészet festés
    ⚽ foci labda
    🏀 kosárlabda
    🎾 tenisz
    🚴 kerékpár bicikli
    🚗 autó
    🚌 busz
    🚆 vonat
    ✈️ repülő repülés utazás
    🚀 rakéta indulás
    🏠 ház otthon
    🏢 iroda épület
    🏖️ tengerpart strand nyaralás szabadság
    ⛰️ hegy
    💻 laptop számítógép
    🖥️ asztali számítógép
    📱 telefon mobil
    📞 telefon hívás
    📧 e-mail levél
    📅 naptár dátum
    📌 rajzszög kitűzés
    📎 gemkapocs melléklet
    📄 oldal dokumentum
    📁 mappa
    📊 diagram oszlop
    📈 diagram emelkedés növekedés
    📉 diagram csökkenés
    ✏️ ceruza szerkesztés
    📝 jegyzet
    🔍 keresés nagyító
    🔒 lakat zárt biztonságos
    🔑 kulcs
    🔧 csavarkulcs szerszám javítás
    🛠️ szerszámok kalapács csavarkulcs
    ⚙️ fogaskerék beállítások
    💡 villanykörte ötlet fény
    💰 pénz zsák
    ⏰ ébresztőóra óra idő
    ⏳ homokóra várakozás idő
    🔔 csengő harang
    📣 hangosbeszélő bejelentés
    🗑️ szemetes kuka törlés
    ✅ pipa kész igen
    ❌ kereszt nem rossz
    ❗ felkiáltójel fontos
    ❓ kérdőjel kérdés
    ⚠️ figyelmeztetés
    ⛔ behajtani tilos állj
    🚫 tilos nem
    ➕ plusz hozzáadás
    ➖ mínusz
    ➡️ jobbra nyíl
    ⬅️ balra nyíl
    ⬆️ felfelé nyíl
    ⬇️ lefelé nyíl
    🔄 frissítés újra
    🆕 új
    🆗 oké rendben
    🔴 piros kör
    🟡 sárga kör
    🟢 zöld kör
    🔵 kék kör
    ✨ csillogás
    💤 alvás zzz
    💬 szövegbuborék csevegés
    🏁 zászló cél kész
    1️⃣ egy
    2️⃣ kettő
    3️⃣ három`;
