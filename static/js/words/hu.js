'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});


  django.pluralidx = function(n) {
    const v = (n != 1);
    if (typeof v === 'boolean') {
      return v ? 1 : 0;
    } else {
      return v;
    }
  };


  /* gettext library */

  django.catalog = django.catalog || {};

  const newcatalog = {
    "A notification was shown. If you see none, the system's own settings hold it back.": "Az \u00e9rtes\u00edt\u00e9s megjelent. Ha nem l\u00e1tod, a rendszer saj\u00e1t be\u00e1ll\u00edt\u00e1sai tartj\u00e1k vissza.",
    "Address": "C\u00edm",
    "Browsers offer it at an https address only.": "A b\u00f6ng\u00e9sz\u0151k csak https-c\u00edmen k\u00edn\u00e1lj\u00e1k.",
    "Cancel": "M\u00e9gse",
    "Characters left:": "H\u00e1tral\u00e9v\u0151 karakterek:",
    "Characters too many:": "F\u00f6l\u00f6sleges karakterek:",
    "Clock": "\u00d3ra",
    "Comparing\u2026": "\u00d6sszehasonl\u00edt\u00e1s\u2026",
    "Connecting again in {seconds} s (attempt {attempt})": "\u00dajabb csatlakoz\u00e1s {seconds} mp m\u00falva ({attempt}. k\u00eds\u00e9rlet)",
    "Connecting now (attempt {attempt})": "Csatlakoz\u00e1s most ({attempt}. k\u00eds\u00e9rlet)",
    "Connection": "Kapcsolat",
    "Conversation": "Besz\u00e9lget\u00e9s",
    "Copied.": "M\u00e1solva.",
    "Delivered": "K\u00e9zbes\u00edtve",
    "Discard all messages that were not sent? They can't be brought back.": "Elveted az \u00f6sszes el nem k\u00fcld\u00f6tt \u00fczenetet? Nem hozhat\u00f3k vissza.",
    "Earlier messages could not be loaded. Try again": "A kor\u00e1bbi \u00fczeneteket nem siker\u00fclt bet\u00f6lteni. Pr\u00f3b\u00e1ld \u00fajra",
    "Emoji": "Emoji",
    "Faces": "Arcok",
    "Find an emoji": "Emoji keres\u00e9se",
    "Food and drink": "\u00c9tel \u00e9s ital",
    "Go to a person or a conversation": "Ugr\u00e1s emberhez vagy besz\u00e9lget\u00e9shez",
    "It agrees with the portal's.": "Egyezik a port\u00e1l\u00e9val.",
    "It is not known whether this message arrived. Retry looks first and does not send it twice.": "Nem tudni, meg\u00e9rkezett-e ez az \u00fczenet. Az \u00dajra gomb el\u0151bb megn\u00e9zi, \u00e9s nem k\u00fcldi el k\u00e9tszer.",
    "Language": "Nyelv",
    "Last news": "Utols\u00f3 \u00fajdons\u00e1g",
    "Live: what happens is here at once.": "\u00c9l: ami t\u00f6rt\u00e9nik, azonnal itt van.",
    "Looking for the first message\u2026": "Az els\u0151 \u00fczenet keres\u00e9se\u2026",
    "Menu of the message": "Az \u00fczenet men\u00fcje",
    "Nature and weather": "Term\u00e9szet \u00e9s id\u0151j\u00e1r\u00e1s",
    "New message": "\u00daj \u00fczenet",
    "New messages": "\u00daj \u00fczenetek",
    "New messages in {number} conversations": "\u00daj \u00fczenetek {number} besz\u00e9lget\u00e9sben",
    "New messages look like this.": "\u00cdgy n\u00e9znek ki az \u00faj \u00fczenetek.",
    "News comes a few seconds late: something on the way may not let WebSockets pass.": "Az \u00fajdons\u00e1gok p\u00e1r m\u00e1sodpercet k\u00e9snek: lehet, hogy valami \u00fatk\u00f6zben nem engedi \u00e1t a WebSocket-kapcsolatot.",
    "No connection to the portal.": "Nincs kapcsolat a port\u00e1llal.",
    "No conversation yet": "M\u00e9g nincs besz\u00e9lget\u00e9s",
    "None since this page was opened": "Nem volt, mi\u00f3ta ez az oldal nyitva van",
    "Not available here: the portal's address is plain http, and browsers let only https addresses show notifications. The sound works.": "Itt nem \u00e9rhet\u0151 el: a port\u00e1l c\u00edme sima http, \u00e9s a b\u00f6ng\u00e9sz\u0151k csak https-c\u00edmnek engednek \u00e9rtes\u00edt\u00e9st. A hang m\u0171k\u00f6dik.",
    "Not known: the portal does not answer.": "Nem tudhat\u00f3: a port\u00e1l nem v\u00e1laszol.",
    "Not offered here": "Ami itt nincs",
    "Not sent": "Nincs elk\u00fcldve",
    "Not sent yet": "M\u00e9g nincs elk\u00fcldve",
    "Nothing": "Semmi",
    "Nothing matches.": "Nincs tal\u00e1lat.",
    "Nothing waits to be sent.": "Semmi sem v\u00e1r elk\u00fcld\u00e9sre.",
    "Number {number}, at {time}": "{number}. sz\u00e1m\u00fa, ekkor: {time}",
    "Ozeki Web": "Ozeki Web",
    "People and conversations": "Emberek \u00e9s besz\u00e9lget\u00e9sek",
    "People and hands": "Emberek \u00e9s kezek",
    "Plain http: browsers keep some of what they can for https.": "Sima http: a b\u00f6ng\u00e9sz\u0151k a tud\u00e1suk egy r\u00e9sz\u00e9t a https-nek tartj\u00e1k fenn.",
    "Report a concern": "Agg\u00e1ly jelz\u00e9se",
    "Secure": "Biztons\u00e1gos",
    "Sending": "K\u00fcld\u00e9s folyamatban",
    "Sent": "Elk\u00fcldve",
    "Show earlier messages": "Kor\u00e1bbi \u00fczenetek megjelen\u00edt\u00e9se",
    "Show later messages": "K\u00e9s\u0151bbi \u00fczenetek megjelen\u00edt\u00e9se",
    "Signed out.": "Kijelentkezve.",
    "Signs": "Jelek",
    "Some messages have not been sent. Sign out and lose them?": "N\u00e9h\u00e1ny \u00fczenet m\u00e9g nem ment el. Kijelentkezel, \u00e9s elveszted \u0151ket?",
    "That did not work. Try again in a moment.": "Ez nem siker\u00fclt. Pr\u00f3b\u00e1ld \u00fajra egy kicsit k\u00e9s\u0151bb.",
    "The export is not complete; the file says why at its end.": "Az export\u00e1l\u00e1s nem teljes; a f\u00e1jl v\u00e9g\u00e9n ott \u00e1ll, mi\u00e9rt.",
    "The export was cancelled.": "Az export\u00e1l\u00e1s megszak\u00edtva.",
    "The file is saved.": "A f\u00e1jl elmentve.",
    "The message was refused.": "Az \u00fczenetet a szerver elutas\u00edtotta.",
    "The portal can't be reached. Check the connection and try again.": "A port\u00e1l nem \u00e9rhet\u0151 el. Ellen\u0151rizd a kapcsolatot, \u00e9s pr\u00f3b\u00e1ld \u00fajra.",
    "The portal works without.": "A port\u00e1l en\u00e9lk\u00fcl is m\u0171k\u00f6dik.",
    "The search was cancelled.": "A keres\u00e9s megszak\u00edtva.",
    "The sound was played.": "A hang megsz\u00f3lalt.",
    "This browser blocks notifications of the portal. To allow them, open the site's settings beside the address, then load this page again.": "Ez a b\u00f6ng\u00e9sz\u0151 letiltja a port\u00e1l \u00e9rtes\u00edt\u00e9seit. Az enged\u00e9lyez\u00e9shez nyisd meg a webhely be\u00e1ll\u00edt\u00e1sait a c\u00edm mellett, majd t\u00f6ltsd be \u00fajra ezt az oldalt.",
    "This browser did not let the portal play the sound.": "Ez a b\u00f6ng\u00e9sz\u0151 nem engedte, hogy a port\u00e1l hangot adjon.",
    "This browser does not let the portal copy. Copy the text below.": "Ez a b\u00f6ng\u00e9sz\u0151 nem engedi, hogy a port\u00e1l m\u00e1soljon. M\u00e1sold ki a lenti sz\u00f6veget.",
    "This browser does not offer it.": "Ez a b\u00f6ng\u00e9sz\u0151 nem k\u00edn\u00e1lja.",
    "This browser has not been asked yet whether the portal may show notifications.": "Ezt a b\u00f6ng\u00e9sz\u0151t m\u00e9g nem k\u00e9rdezt\u00fck meg, mutathat-e \u00e9rtes\u00edt\u00e9st a port\u00e1l.",
    "This browser lets the portal show notifications.": "Ez a b\u00f6ng\u00e9sz\u0151 engedi, hogy a port\u00e1l \u00e9rtes\u00edt\u00e9st mutasson.",
    "This browser offers no notifications. On an iPhone or iPad they need the portal on the home screen. The sound works.": "Ez a b\u00f6ng\u00e9sz\u0151 nem k\u00edn\u00e1l \u00e9rtes\u00edt\u00e9seket. iPhone-on \u00e9s iPaden ehhez a port\u00e1lt a kezd\u0151k\u00e9perny\u0151re kell tenni. A hang m\u0171k\u00f6dik.",
    "This device is offline.": "Ez az eszk\u00f6z nincs h\u00e1l\u00f3zaton.",
    "This device's clock is {time} ahead of the portal's.": "Ennek az eszk\u00f6znek az \u00f3r\u00e1ja ennyivel siet a port\u00e1l\u00e9hoz k\u00e9pest: {time}.",
    "This device's clock is {time} behind the portal's.": "Ennek az eszk\u00f6znek az \u00f3r\u00e1ja ennyivel k\u00e9sik a port\u00e1l\u00e9hoz k\u00e9pest: {time}.",
    "This message is longer than 20,000 characters. Shorten it, or send it in parts.": "Ez az \u00fczenet hosszabb 20 000 karaktern\u00e9l. R\u00f6vid\u00edtsd le, vagy k\u00fcldd el r\u00e9szletekben.",
    "Time zone": "Id\u0151z\u00f3na",
    "Try now": "Pr\u00f3b\u00e1ld most",
    "Viewed": "Megtekintve",
    "Waits for the connection": "Kapcsolatra v\u00e1r",
    "What is wrong?": "Mi a baj?",
    "Work and leisure": "Munka \u00e9s szabadid\u0151",
    "a page for when there is no connection (service worker)": "oldal arra az esetre, ha nincs kapcsolat (service worker)",
    "locks between tabs": "z\u00e1rol\u00e1s a lapok k\u00f6z\u00f6tt",
    "notifications": "\u00e9rtes\u00edt\u00e9sek",
    "random ids": "v\u00e9letlen azonos\u00edt\u00f3k",
    "the clipboard": "v\u00e1g\u00f3lap",
    "{n} new message": [
      "{n} \u00faj \u00fczenet",
      "{n} \u00faj \u00fczenet"
    ]
  };
  for (const key in newcatalog) {
    django.catalog[key] = newcatalog[key];
  }


  if (!django.jsi18n_initialized) {
    django.gettext = function(msgid) {
      const value = django.catalog[msgid];
      if (typeof value === 'undefined') {
        return msgid;
      } else {
        return (typeof value === 'string') ? value : value[0];
      }
    };

    django.ngettext = function(singular, plural, count) {
      const value = django.catalog[singular];
      if (typeof value === 'undefined') {
        return (count == 1) ? singular : plural;
      } else {
        return value.constructor === Array ? value[django.pluralidx(count)] : value;
      }
    };

    django.gettext_noop = function(msgid) { return msgid; };

    django.pgettext = function(context, msgid) {
      let value = django.gettext(context + '\x04' + msgid);
      if (value.includes('\x04')) {
        value = msgid;
      }
      return value;
    };

    django.npgettext = function(context, singular, plural, count) {
      let value = django.ngettext(context + '\x04' + singular, context + '\x04' + plural, count);
      if (value.includes('\x04')) {
        value = django.ngettext(singular, plural, count);
      }
      return value;
    };

    django.interpolate = function(fmt, obj, named) {
      if (named) {
        return fmt.replace(/%\(\w+\)s/g, function(match){return String(obj[match.slice(2,-2)])});
      } else {
        return fmt.replace(/%s/g, function(match){return String(obj.shift())});
      }
    };


    /* formatting library */

    django.formats = {
    "DATETIME_FORMAT": "Y. F j. H:i",
    "DATETIME_INPUT_FORMATS": [
      "%Y.%m.%d. %H:%M:%S",
      "%Y.%m.%d. %H:%M:%S.%f",
      "%Y.%m.%d. %H:%M",
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d"
    ],
    "DATE_FORMAT": "Y. F j.",
    "DATE_INPUT_FORMATS": [
      "%Y.%m.%d.",
      "%Y-%m-%d"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 1,
    "MONTH_DAY_FORMAT": "F j.",
    "NUMBER_GROUPING": 3,
    "SHORT_DATETIME_FORMAT": "Y.m.d. H:i",
    "SHORT_DATE_FORMAT": "Y.m.d.",
    "THOUSAND_SEPARATOR": "\u00a0",
    "TIME_FORMAT": "H:i",
    "TIME_INPUT_FORMATS": [
      "%H:%M:%S",
      "%H:%M",
      "%H:%M:%S.%f"
    ],
    "YEAR_MONTH_FORMAT": "Y. F"
  };

    django.get_format = function(format_type) {
      const value = django.formats[format_type];
      if (typeof value === 'undefined') {
        return format_type;
      } else {
        return value;
      }
    };

    /* add to global namespace */
    globals.pluralidx = django.pluralidx;
    globals.gettext = django.gettext;
    globals.ngettext = django.ngettext;
    globals.gettext_noop = django.gettext_noop;
    globals.pgettext = django.pgettext;
    globals.npgettext = django.npgettext;
    globals.interpolate = django.interpolate;
    globals.get_format = django.get_format;

    django.jsi18n_initialized = true;
  }
};
