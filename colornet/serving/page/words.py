"""What the page says, in the languages that it speaks; the browser's choice is shown.

Messages about files are those of the command line, in English.
"""

LANGUAGES = "en", "de", "zh", "es"

# By what they are for: one text for each language, in that order.
_WORDS = {
    "photograph": ("Photograph", "Foto", "照片", "Fotografía"),
    "film": ("Film", "Film", "影片", "Película"),
    "tools": ("Drawing tools", "Zeichenwerkzeuge", "绘图工具", "Herramientas"),
    "point": ("Point", "Punkt", "点", "Punto"),
    "stroke": ("Stroke", "Strich", "笔画", "Trazo"),
    "eraser": ("Eraser", "Radierer", "橡皮", "Borrador"),
    "color": ("Colour", "Farbe", "颜色", "Color"),
    "width": ("Width", "Breite", "粗细", "Grosor"),
    "undo": ("Undo", "Rückgängig", "撤销", "Deshacer"),
    "redo": ("Redo", "Wiederholen", "重做", "Rehacer"),
    "palette": (
        "Likely colours of this place, likeliest first",
        "Wahrscheinliche Farben dieser Stelle, die wahrscheinlichste zuerst",
        "此处可能的颜色，可能性由高到低",
        "Colores probables de este lugar, el más probable primero",
    ),
    "take": ("Take the colour", "Farbe nehmen", "使用颜色", "Usar el color"),
    "stage": (
        "Picture. Arrow keys move the place, Enter sets a point there.",
        "Bild. Pfeiltasten bewegen die Stelle, Eingabe setzt dort einen Punkt.",
        "图片。方向键移动位置，回车键在该处设点。",
        "Imagen. Las flechas mueven el lugar, Intro pone un punto.",
    ),
    "before": ("Before", "Vorher", "之前", "Antes"),
    "after": ("After", "Nachher", "之后", "Después"),
    "divide": (
        "How much of the picture is shown as it was",
        "Wie viel vom Bild gezeigt wird, wie es war",
        "显示多少原图",
        "Cuánto se muestra de la imagen original",
    ),
    "drop": (
        "Drop a photograph here, or click to choose one",
        "Foto hierher ziehen oder klicken, um eines zu wählen",
        "将照片拖到此处，或点击选择",
        "Suelte una fotografía aquí o haga clic para elegirla",
    ),
    "no_photograph": (
        "Bring a grey photograph: it is coloured at once. Then click where you know "
        "a colour.",
        "Bringen Sie ein graues Foto: Es wird sofort gefärbt. Klicken Sie dann, wo "
        "Sie eine Farbe kennen.",
        "放入一张黑白照片，会立即上色。然后在您知道颜色的地方点击。",
        "Traiga una fotografía gris: se colorea enseguida. Luego haga clic donde "
        "conozca un color.",
    ),
    "no_film": (
        "Bring a film: its shots are found, and each can be told its colours.",
        "Bringen Sie einen Film: Seine Einstellungen werden gefunden, und jeder "
        "können Farben gesagt werden.",
        "放入一部影片：会找出其中的镜头，可为每个镜头指定颜色。",
        "Traiga una película: se hallan sus tomas, y a cada una se le pueden decir "
        "sus colores.",
    ),
    "drop_film": (
        "Drop a film here, or click to choose one",
        "Film hierher ziehen oder klicken, um einen zu wählen",
        "将影片拖到此处，或点击选择",
        "Suelte una película aquí o haga clic para elegirla",
    ),
    "films": ("Your films", "Ihre Filme", "您的影片", "Sus películas"),
    "new": ("Not begun", "Nicht begonnen", "尚未开始", "Sin empezar"),
    "waiting": ("Waiting", "Wartet", "等待中", "En espera"),
    "running": ("Being coloured", "Wird gefärbt", "正在上色", "Coloreándose"),
    "done": ("Done", "Fertig", "已完成", "Terminada"),
    "failed": ("Failed", "Gescheitert", "失败", "Ha fallado"),
    "cancelled": ("Cancelled", "Abgebrochen", "已取消", "Cancelada"),
    "outdated": (
        "Changed since: colour it again",
        "Seither geändert: noch einmal färben",
        "之后有改动：请重新上色",
        "Cambiada después: coloréela otra vez",
    ),
    "shots": ("Shots", "Einstellungen", "镜头", "Tomas"),
    "moment": (
        "Moment of the shot, seconds",
        "Zeitpunkt der Einstellung, Sekunden",
        "镜头中的时刻（秒）",
        "Momento de la toma, segundos",
    ),
    "see_shot": (
        "See the shot in colour",
        "Einstellung in Farbe zeigen",
        "查看上色后的镜头",
        "Ver la toma en color",
    ),
    "shot_in_color": (
        "The shot in colour",
        "Die Einstellung in Farbe",
        "上色后的镜头",
        "La toma en color",
    ),
    "frame_in_color": (
        "This frame, or another picture of the same things, in colour",
        "Dieses Bild, oder ein anderes derselben Dinge, in Farbe",
        "本帧或相同事物的另一张彩色图片",
        "Este fotograma, u otra imagen de lo mismo, en color",
    ),
    "forget_frame": (
        "Forget what is told here",
        "Vergessen, was hier gesagt ist",
        "清除此处的提示",
        "Olvidar lo dicho aquí",
    ),
    "skip_shot": (
        "Leave this shot as it is",
        "Diese Einstellung lassen, wie sie ist",
        "保持此镜头原样",
        "Dejar esta toma como está",
    ),
    "color_film": ("Colour the film", "Film färben", "为影片上色", "Colorear película"),
    "cancel": ("Cancel", "Abbrechen", "取消", "Cancelar"),
    "take_film": ("Take the film", "Film holen", "下载影片", "Descargar película"),
    "saturation": ("Saturation", "Sättigung", "饱和度", "Saturación"),
    "temperature": (
        "Temperature: 1 mixes likely colours, lower decides",
        "Temperatur: 1 mischt wahrscheinliche Farben, weniger entscheidet",
        "温度：1 混合可能的颜色，越低越果断",
        "Temperatura: 1 mezcla los colores probables, menos decide",
    ),
    "unsure": (
        "Show in orange what it is unsure of",
        "Orange zeigen, was unsicher ist",
        "用橙色显示不确定之处",
        "Mostrar en naranja lo inseguro",
    ),
    "alternatives": (
        "Other colourings",
        "Andere Färbungen",
        "其他配色",
        "Otros coloreados",
    ),
    "save": ("Save picture", "Bild speichern", "保存图片", "Guardar imagen"),
    "save_hints": ("Save hints", "Hinweise speichern", "保存提示", "Guardar pistas"),
    "load_hints": (
        "Hints saved before",
        "Früher gespeicherte Hinweise",
        "以前保存的提示",
        "Pistas guardadas antes",
    ),
    "reference": (
        "Another picture of the same things, in colour",
        "Ein anderes Bild derselben Dinge, in Farbe",
        "相同事物的另一张彩色图片",
        "Otra imagen de lo mismo, en color",
    ),
    "was_colored": (
        "It was in colour already; what you see are new colours.",
        "Es war schon farbig; zu sehen sind neue Farben.",
        "原图已有颜色；现在看到的是新的颜色。",
        "Ya tenía color; lo que ve son colores nuevos.",
    ),
    "guesses": (
        "The colours are guesses. Say so where you show the picture.",
        "Die Farben sind geraten. Sagen Sie es, wo Sie das Bild zeigen.",
        "颜色是推测的。展示图片时请说明。",
        "Los colores son conjeturas. Dígalo donde muestre la imagen.",
    ),
}


def by_language() -> dict[str, dict[str, str]]:
    """The words by language, each by what it is for."""
    return {
        language: {name: texts[number] for name, texts in _WORDS.items()}
        for number, language in enumerate(LANGUAGES)
    }
