"""XMP of a coloured photograph: what its source said, and who coloured it."""

from xml.dom import minidom
from xml.parsers import expat

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_HISTORY = "http://ns.adobe.com/xap/1.0/mm/"
_EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
# What IPTC calls a picture with parts that a trained model made.
_MADE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/"
    "compositeWithTrainedAlgorithmicMedia"
)
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>'
)
_PACKET_END = "<?xpacket end="


def marked(xmp: bytes, software: str, sentence: str) -> bytes:
    """`xmp`, or new XMP where it is empty, with `sentence` in its history.

    Its orientation becomes upright, thumbnails go. What cannot be read as XML comes
    back as it is.

    Args:
      xmp: UTF-8, as it stood in the source.
      software: of the event in xmpMM:History.
      sentence: its parameters; history that ends with it already is not added to.
    """
    text = xmp.rstrip(b"\0").decode("utf-8", "replace") or _EMPTY
    content, end, access = text.rpartition(_PACKET_END)
    text = (
        content.rstrip() + end + access
    )  # Kilobytes of blanks, to be edited in place.
    try:
        if "<!DOCTYPE" in text:
            return xmp
        document = minidom.parseString(text.encode())
    except (expat.ExpatError, ValueError, RecursionError):
        return xmp
    rdf = _child(document.documentElement, _RDF, "rdf:RDF")
    _set_upright(rdf)
    former = _set_value(rdf, _IPTC, "Iptc4xmpExt:DigitalSourceType", _MADE)
    if former not in ("", _MADE):
        sentence = f"{sentence} Before: DigitalSourceType {former}."
    _add_event(rdf, software, sentence)
    return "".join(node.toxml() for node in document.childNodes).encode()


def _child(parent, namespace, name):
    """The element of that name within `parent`, or itself; made if none."""
    local = name.split(":")[1]
    if (parent.namespaceURI, parent.localName) == (namespace, local):
        return parent
    for element in parent.getElementsByTagNameNS(namespace, local):
        return element
    return _append(parent, namespace, name)


def _append(parent, namespace, name):
    element = parent.ownerDocument.createElementNS(namespace, name)
    element.setAttribute(f"xmlns:{name.split(':')[0]}", namespace)
    return parent.appendChild(element)


def _set_upright(rdf):
    for element in list(rdf.getElementsByTagNameNS(_XMP, "Thumbnails")):
        element.parentNode.removeChild(element)
    _set_value(rdf, _TIFF, "tiff:Orientation", "1", new=False)


def _set_value(rdf, namespace, name, value, new=True):
    """Gives a property one value, and returns the former one, or ""."""
    local = name.split(":")[1]
    for element in rdf.getElementsByTagNameNS(namespace, local):
        former = "".join(
            n.data for n in element.childNodes if n.nodeType == n.TEXT_NODE
        )
        former = former or element.getAttributeNS(_RDF, "resource")
        for node in list(element.childNodes):
            element.removeChild(node)
        if element.hasAttributeNS(_RDF, "resource"):
            element.removeAttributeNS(_RDF, "resource")
        element.appendChild(rdf.ownerDocument.createTextNode(value))
        return former.strip()
    for description in rdf.getElementsByTagNameNS(_RDF, "Description"):
        if description.hasAttributeNS(namespace, local):
            former = description.getAttributeNS(namespace, local)
            description.getAttributeNodeNS(namespace, local).value = value
            return former.strip()
    if new:
        element = _append(_description(rdf), namespace, name)
        element.appendChild(rdf.ownerDocument.createTextNode(value))
    return ""


def _description(rdf):
    """The picture's own description, to which properties are added."""
    for node in rdf.childNodes:
        if node.nodeType == node.ELEMENT_NODE and node.localName == "Description":
            return node
    description = _append(rdf, _RDF, "rdf:Description")
    description.setAttributeNS(_RDF, "rdf:about", "")
    return description


def _add_event(rdf, software, sentence):
    histories = rdf.getElementsByTagNameNS(_HISTORY, "History")
    history = next(iter(histories), None)
    if history is None:
        history = _append(_description(rdf), _HISTORY, "xmpMM:History")
    events = _child(history, _RDF, "rdf:Seq")
    said = [
        event.getAttributeNS(_EVENT, "parameters")
        for event in events.getElementsByTagNameNS(_RDF, "li")
    ]
    if said and said[-1] == sentence:
        return
    event = _append(events, _RDF, "rdf:li")
    event.setAttribute("xmlns:stEvt", _EVENT)
    values = {"action": "edited", "softwareAgent": software, "parameters": sentence}
    for key, value in values.items():
        event.setAttributeNS(_EVENT, f"stEvt:{key}", value)
